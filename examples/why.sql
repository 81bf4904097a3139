-- For texts that the graph got right and the text alone got wrong: which entity decided, and what the graph says of it.
select g.text, t.label as text_only, g.label as with_graph, e.label as entity,
       round(m.weight, 2) as weight, r.label || ' ' || n.label as the_graph_says
from prediction g
join run gr on gr.id = g.run and gr.name like '%with-graph'
join prediction t on t.text_id = g.text_id
join run tr on tr.id = t.run and tr.name like '%text-only'
join mention m on m.prediction = g.id
join entity e on e.id = m.entity
join edge on edge.head = e.id
join relation r on r.id = edge.relation
join entity n on n.id = edge.tail
where g.label = g.truth and t.label <> t.truth
group by g.id
having m.weight = max(m.weight)
order by g.score desc
limit 5
