"""Quoth's own extractive reader: its data, network, training, weights and runtime."""
