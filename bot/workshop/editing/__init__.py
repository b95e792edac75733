"""Edit knowledge files in place: an edit changes its own lines and nothing else."""
