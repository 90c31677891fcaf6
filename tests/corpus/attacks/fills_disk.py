"""Writes files until the disk is full, 96 MiB at most.

threat = "floods and fills"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

for number in range(12):
    try:
        with open(f"filled-{number}", "wb") as file:
            file.write(bytes(8 << 20))
    except OSError:
        continue
