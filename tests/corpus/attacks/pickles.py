"""Answers objects that run code where they are unpickled, copied or written.

threat = "pickle, giant header"
says = { lloyd = "fail contract", assign = "fail contract" }
"""

import os
import pickle


class Bomb:
    __reduce__ = lambda self: (os.system, ("touch @CANARY@/pickled",))
    __deepcopy__ = __copy__ = lambda self, *arguments: os._exit(1)
    __repr__ = __str__ = lambda self: os._exit(1)
    __getstate__ = lambda self, *arguments: os._exit(1)


assign = lambda X, centers: Bomb()
lloyd = lambda X, centers, max_iter=300: (pickle.dumps(Bomb()), np.array([Bomb()], dtype=object))
