"""The parts of a page, and the templates that write it as one self-contained HTML file.

`document` has sections, tables and figures; `bars` and `plots` have the numbers of charts; `scales` has
their axes. `environment` fills the templates. Each room keeps those of its pages in its `templates/`.
"""
