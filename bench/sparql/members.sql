WITH RECURSIVE cell(class, node) AS (
  SELECT e.subject, i.object FROM quad i CROSS JOIN quad e
    WHERE i.predicate = {owl:intersectionOf} AND e.object = i.subject AND e.predicate = {owl:equivalentClass}
  UNION SELECT cell.class, q.object FROM cell CROSS JOIN quad q
    WHERE q.subject = cell.node AND q.predicate = {rdf:rest})
SELECT c.text, m.text FROM cell CROSS JOIN quad q CROSS JOIN term c CROSS JOIN term m
WHERE q.subject = cell.node AND q.predicate = {rdf:first} AND c.id = cell.class AND m.id = q.object
