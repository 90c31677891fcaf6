"""Writes files until the disk is full, or 96 MiB are.

threat = "floods and fills"
"""

for number in range(12):
    try:
        with open(f"filled-{number}", "wb") as file:
            file.write(bytes(8 << 20))
    except OSError:
        continue
