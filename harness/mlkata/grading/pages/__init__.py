"""The results of a cohort, i.e. of all submissions graded together, in the forms that people read.

All are made from records `mlkata.graded/1`, which are the plain values of one submission. `summary` adds them
up; `spreadsheet` (CSV), `overview` (an HTML page) and `cohort_text` (for a terminal) render the sum.
`feedback` renders one record as a page for the submission's author.
"""
