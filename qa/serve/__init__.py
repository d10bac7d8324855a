"""The doors: they translate, and do nothing else."""
