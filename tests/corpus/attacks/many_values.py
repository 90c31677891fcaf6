"""Answers lists of 400,000 numbers and of empty dicts, which break the contract and would be shown.

threat = "pickle, giant header"
says = { update = "fail contract" }
"""

import itertools

answers = itertools.cycle([[0.5] * 400_000, [{}] * 200_000])
update = lambda X, labels, centers: next(answers)
