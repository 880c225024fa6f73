"""Training: the loss, the dictionary to start from, runs that resume and backtrack."""
