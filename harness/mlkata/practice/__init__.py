"""Practice: the candidate's folder, what is done to its files, and checking on save."""
