"""Retrievers for frameworks that people have already; each needs the extra of its name."""
