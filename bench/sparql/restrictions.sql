SELECT c.text, p.text, f.text
FROM quad some CROSS JOIN quad property CROSS JOIN quad super CROSS JOIN term c CROSS JOIN term p CROSS JOIN term f
WHERE some.predicate = {owl:someValuesFrom}
  AND property.subject = some.subject AND property.predicate = {owl:onProperty}
  AND super.object = some.subject AND super.predicate = {rdfs:subClassOf}
  AND c.id = super.subject AND p.id = property.object AND f.id = some.object
