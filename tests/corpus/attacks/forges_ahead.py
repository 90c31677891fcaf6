"""Sends frames that say it is done before anything was asked, on every descriptor.

threat = "forges a result"
says = { "*" = "error protocol" }
"""

import json
import os
import struct

for header in ({"type": "done", "values": [], "peaks": []}, {"type": "pass", "score": 20}, {"type": "ready"}):
    text = json.dumps(header).encode()
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, struct.pack(">II", len(text), 0) + text)
        except OSError:
            continue
