"""The trial at the bedside: Django is known here and nowhere else."""
