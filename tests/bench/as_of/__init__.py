"""How fast the past is answered, over a past of ten million events."""
