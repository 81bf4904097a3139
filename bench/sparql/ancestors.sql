WITH RECURSIVE up(class) AS (
  SELECT object FROM quad WHERE subject = {@leaf@} AND predicate = {rdfs:subClassOf}
  UNION SELECT q.object FROM up CROSS JOIN quad q
    WHERE q.subject = up.class AND q.predicate = {rdfs:subClassOf})
SELECT c.text, l.text FROM up CROSS JOIN quad q CROSS JOIN term c CROSS JOIN term l
WHERE q.subject = up.class AND q.predicate = {rdfs:label} AND c.id = up.class AND l.id = q.object
