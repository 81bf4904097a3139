WITH RECURSIVE down(class) AS (
  SELECT subject FROM quad WHERE predicate = {rdfs:subClassOf} AND object = {@root@}
  UNION SELECT q.subject FROM down CROSS JOIN quad q
    WHERE q.predicate = {rdfs:subClassOf} AND q.object = down.class)
SELECT c.text, l.text FROM down CROSS JOIN quad q CROSS JOIN term c CROSS JOIN term l
WHERE q.subject = down.class AND q.predicate = {rdfs:label} AND c.id = down.class AND l.id = q.object
