"""What a page of a report is made of, and how it is written as one file of HTML that needs nothing else.

`document` has the parts (sections, tables, figures), `html` writes them, `markup` escapes whatever is
written, and `bars` and `scales` draw.
"""
