"""Shows what a cohort got: a table for spreadsheets, a page, one page for each submission, a few lines.

Everything is made from records `mlkata.graded/1`, plain values as they stand in a cohort's results.
`summary` adds them up, `spreadsheet`, `overview` and `text` write that down, `feedback` writes one record.
"""
