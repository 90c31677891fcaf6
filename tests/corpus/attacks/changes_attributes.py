"""Changes who may read a file of yours, when it was written, and what is noted beside it.

threat = "floods and fills"
[subprocess]
leaves = "a file"
succeeds = "it may do so to your files"
"""

import os

for attempt in (
    lambda: os.utime("@SECRET@", (0, 0)),
    lambda: os.setxattr("@SECRET@", "user.note", b"here"),
    lambda: os.chown("@SECRET@", 12345, 12345),
    lambda: os.chmod("@SECRET@", 0o777),
    lambda: os.chmod("@CANARY@", 0o777),
):
    try:
        attempt()
    except OSError:
        continue
