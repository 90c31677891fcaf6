"""Shows what `kata bench` measured: one page of HTML, one of Markdown, both from the same chapters.

`results` reads and writes the numbers, `ratios` and `lines` make ratios, fits and crossings of them,
`chapters` says what is told in which order, and `html` and `markdown` write it down.
"""
