SELECT t.text, n.statements
FROM (SELECT predicate, count(*) AS statements FROM quad GROUP BY predicate) n
CROSS JOIN term t WHERE t.id = n.predicate
