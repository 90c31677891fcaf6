"""`python -m mlkata`: the command line."""

from mlkata.cli.main import main

main()
