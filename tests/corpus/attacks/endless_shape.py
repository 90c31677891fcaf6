"""Announces an array of 300,000 dimensions, whose size takes hours to multiply out.

threat = "pickle, giant header"
says = { update = "error protocol" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import gc
import json
import struct

SHAPE = "[" + ",".join(["140737488355327"] * 300_000) + "]"
TEXT = ('{"type": "done", "values": [{"array": 0, "dtype": "<f8", "shape": ' + SHAPE + "}]}").encode()


def sends(X, labels, centers):
    gc.unfreeze()  # the worker has called gc.freeze, which hides its own objects
    for thing in gc.get_objects():
        if type(thing).__name__ == "_WholeWriter":  # the worker's end of the channel
            thing.write(struct.pack(">II", len(TEXT), 0) + TEXT)


update = sends
