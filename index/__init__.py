"""Documents in, searchable passages out. Knows nothing of questions or answers."""
