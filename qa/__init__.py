"""A question in, a quoted answer out."""
