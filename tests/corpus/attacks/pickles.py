"""Returns objects that run code when they are unpickled, copied or printed.

threat = "pickle, giant header"
says = { lloyd = "fail contract", assign = "fail contract" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import os
import pickle


class Bomb:
    __reduce__ = lambda self: (os.system, ("touch @CANARY@/pickled",))
    __deepcopy__ = __copy__ = lambda self, *arguments: os._exit(1)
    __repr__ = __str__ = lambda self: os._exit(1)
    __getstate__ = lambda self, *arguments: os._exit(1)


assign = lambda X, centers: Bomb()
lloyd = lambda X, centers, max_iter=300: (pickle.dumps(Bomb()), np.array([Bomb()], dtype=object))
