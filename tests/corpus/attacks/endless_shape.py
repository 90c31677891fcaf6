"""Announces an array of 300,000 dimensions, whose size takes hours to multiply out.

threat = "pickle, giant header"
says = { update = "error protocol" }
"""

import gc
import json
import struct

SHAPE = "[" + ",".join(["140737488355327"] * 300_000) + "]"
TEXT = ('{"type": "done", "values": [{"array": 0, "dtype": "<f8", "shape": ' + SHAPE + "}]}").encode()


def sends(X, labels, centers):
    gc.unfreeze()  # the kit has put its own out of sight
    for one in gc.get_objects():
        if type(one).__name__ == "_WholeWriter":
            one.write(struct.pack(">II", len(TEXT), 0) + TEXT)


update = sends
