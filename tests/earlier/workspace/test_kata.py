"""One test for each check of the open rounds, so that plain `pytest` and editors show them."""


def test_kata(kata_check):
    kata_check.run()
