"""Events of mixed numbers and words (flows, requests, readings) of a cohort of devices, scored by how unusual they are together."""
