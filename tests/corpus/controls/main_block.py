"""Has tests and a main block below, which fail."""

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
