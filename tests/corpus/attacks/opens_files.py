"""Opens files until it may not open more, and keeps them.

threat = "floods and fills"
"""

kept = []
try:
    while True:
        kept.append(open("/dev/null"))
except OSError:
    kept = kept[:200]
