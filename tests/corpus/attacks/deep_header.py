"""Sends 8 MiB of brackets as a header.

threat = "pickle, giant header"
says = { update = "error protocol" }
"""

import gc
import struct

TEXT = b"[" * (8 << 20)


def sends(X, labels, centers):
    gc.unfreeze()  # the kit has put its own out of sight
    for one in gc.get_objects():
        if type(one).__name__ == "_WholeWriter":
            one.write(struct.pack(">II", len(TEXT), 0) + TEXT)


update = sends
