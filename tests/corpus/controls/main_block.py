"""Ends with tests and a main block, which would fail if they were run."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

import unittest


class Test(unittest.TestCase):
    def test_wrong(self):
        self.fail()


def test_wrong():
    raise AssertionError


if __name__ == "__main__":
    import sys

    unittest.main()
    sys.exit(3)
