-- How often each run was right, on texts whose entities training had named ("seen") and on texts whose entities it had
-- never named ("unseen").
select g.group_name as entities, count(*) as texts,
       round(avg(t.label = t.truth), 3) as text_only,
       round(avg(s.label = s.truth), 3) as shuffled,
       round(avg(g.label = g.truth), 3) as with_graph,
       printf('%+.3f', avg(g.label = g.truth) - avg(t.label = t.truth)) as gain
from prediction g
join run on run.id = g.run and run.name like '%with-graph'
join prediction t on t.text_id = g.text_id
join run text_only on text_only.id = t.run and text_only.name like '%text-only'
join prediction s on s.text_id = g.text_id
join run shuffled on shuffled.id = s.run and shuffled.name like '%shuffled'
group by g.group_name
order by g.group_name
