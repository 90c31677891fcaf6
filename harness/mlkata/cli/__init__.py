"""The command line `kata`: parses, calls, prints, returns a status."""
