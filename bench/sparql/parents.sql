SELECT l.text, p.text, x.text
FROM quad super CROSS JOIN quad label CROSS JOIN quad parent CROSS JOIN quad xref
  CROSS JOIN term l CROSS JOIN term p CROSS JOIN term x
WHERE super.predicate = {rdfs:subClassOf}
  AND label.subject = super.subject AND label.predicate = {rdfs:label}
  AND parent.subject = super.object AND parent.predicate = {rdfs:label}
  AND xref.subject = super.subject AND xref.predicate = {oboInOwl:hasDbXref}
  AND l.id = label.object AND p.id = parent.object AND x.id = xref.object
