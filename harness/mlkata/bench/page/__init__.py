"""Show the results of `kata bench`: one page of HTML and one of Markdown, from the same chapters.

`saved` writes the files. `ratios` and `fits` compute ratios, fitted lines and crossings from the results.
`chapters` lists all sections in order, and `html` and `markdown` write them.
"""
