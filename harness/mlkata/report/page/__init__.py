"""The parts of a page, and the templates that write it as one self-contained HTML file.

`document` has sections, tables and figures; `bars` and `plots` have the numbers of charts; `scales` has the
scales of their axes. `environment` fills templates of Jinja2. Each package of the kit keeps the templates of
its own pages in its folder `templates/`.
"""
