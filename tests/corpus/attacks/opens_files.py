"""Opens as many files as it may, and keeps 200 of them open.

threat = "floods and fills"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

kept = []
try:
    while True:
        kept.append(open("/dev/null"))
except OSError:
    kept = kept[:200]
