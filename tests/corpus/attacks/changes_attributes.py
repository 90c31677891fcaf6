"""Changes the permissions, owner, times and extended attributes of files outside its folder.

threat = "floods and fills"
[subprocess]
leaves = "a file"
succeeds = "the submission may change your files"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

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
