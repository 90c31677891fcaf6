"""Shows what `kata bench` measured: one page of HTML, one of Markdown, both from the same chapters.

`saved` writes the files; `ratios` and `lines` make ratios, fits and crossings of the results,
`chapters` says what is told in which order, and `html` and `markdown` write it down.
"""
