-- For texts that the graph got right and the text alone got wrong: which entity decided, and what the graph says of it.
-- One text an entity: the one of which the model was surest.
select g.text, t.label as text_only, g.label as with_graph, e.label as entity,
       r.label || ' ' || n.label as the_graph_says
from prediction g
join run on run.id = g.run and run.name like '%with-graph'
join prediction t on t.text_id = g.text_id
join run text_only on text_only.id = t.run and text_only.name like '%text-only'
join mention m on m.prediction = g.id and m.weight > 0.5
join entity e on e.id = m.entity
join edge on edge.head = e.id
join relation r on r.id = edge.relation
join entity n on n.id = edge.tail
where g.label = g.truth and t.label <> t.truth and g.group_name = 'unseen'
group by e.id
order by max(g.score) desc
limit 8
