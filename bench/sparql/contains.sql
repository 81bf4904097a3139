SELECT c.text, l.text FROM quad q CROSS JOIN term l CROSS JOIN term c
WHERE q.predicate = {rdfs:label} AND l.id = q.object AND instr(l.text, 'carcinoma') AND c.id = q.subject
