"""A cohort's results as a table for spreadsheets, a page, a page for each submission, and text.

Everything is made from records `mlkata.graded/1`, the plain values in a cohort's results. `summary` adds them
up; `spreadsheet`, `overview` and `cohort_text` render the sum; `feedback` renders one record.
"""
