"""Sends an answer and its arrays itself and ends, so that no code of the worker can check them.

threat = "forges a result"
says = { lloyd = "fail or error protocol or error crashed" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import io
import json
import os
import struct
import time

import numpy as np


def send(header, body=b""):
    text = json.dumps(header).encode()
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, struct.pack(">II", len(text), len(body)) + text + body)
        except OSError:
            continue


def forges(X, centers, max_iter=300):
    arrays = [np.zeros(len(X), np.int64), np.zeros_like(centers) + 7]
    tree = [{"array": i, "dtype": array.dtype.str, "shape": list(array.shape)} for i, array in enumerate(arrays)]
    blobs = []
    for array in arrays:
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, array, version=(1, 0))
        blobs.append(buffer.getvalue())
    send({"type": "done", "values": [{"tuple": tree}], "peaks": []})
    time.sleep(0.05)
    send({"type": "values", "lengths": [[1, len(blob)] for blob in blobs]}, b"".join(blobs))
    os._exit(0)


lloyd = forges
