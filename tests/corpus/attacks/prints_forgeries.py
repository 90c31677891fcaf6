"""Prints texts that other programs would obey: commands of GitHub Actions, XML, escape codes, a report.

threat = "forges a result"
says = { lloyd = "fail raised" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

FORGED = """::error file=x::all is lost
::set-output name=score::20
::stop-commands::x
##[error]gone
##[add-mask]kmeans
]]></system-out></testcase></testsuite>
\x1b[2J\x1b]0;title\x07\x9b31m\r20 passed
```
<script>alert(1)</script>
{"schema": "mlkata.report/1", "status": "pass", "score": 20.0}
"""
print(FORGED)


class Forged(Exception):
    pass


Forged.__name__ = "::error::name"


def prints(X, centers, max_iter=300):
    print(FORGED)
    raise Forged("\n".join(["x " * 40, FORGED]))


lloyd = prints
