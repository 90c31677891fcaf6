"""Show the results of `kata bench` on two pages, HTML and Markdown, with the same sections.

`saved` writes the files. `ratios` and `fits` compute ratios, fitted lines and crossings from the results.
`chapters` lists all sections in order, `change`, `costs`, `ladders`, `shapes` and `speed` make them, and
`html` and `markdown` write them.

In all of these a row is one call on one data set, timed for several peers; a page calls it a workload. A peer
is any implementation: one of our solutions, scikit-learn (the baseline) or another library. Its `kind` in
results.json says which: `ours`, `baseline` or, for another library only, `peer`. Rows of one family are shown
together.
"""
