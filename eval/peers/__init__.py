"""Quoth beside its peers: the same weights, passages and questions, each in its own environment.

Quoth's own modules are not imported by an adapter of another system.
"""
