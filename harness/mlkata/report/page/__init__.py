"""What a page is made of, and the templates that write it as one file of HTML that needs nothing else.

`document` has the parts (sections, tables, figures), `bars` and `plots` the numbers of charts, `scales`
their axes. `environment` fills the templates, which lie in `templates/` of the room whose page it is.
"""
