"""Checks of round 6: ccp_path, prune_ccp.

The constants quote rules of stub.py word for word. A function that takes `rng` draws an input. Each check
in CHECKS joins a rule, an input and a judge, which compares the answer with the expected one; an audit (a
function of `steps`) rejects inputs on which right answers could differ, or which do not test the rule.

A link is an inner node, which pruning may cut. The rules speak of its cost; the code calls it the price.
"""

import numpy as np
from mlkata.authoring import Check, Steps, call, load, load_target

from .audits import link_prices, unique_path
from .inputs import chain, exact_links, fitted, random_tree
from .judges import path_values, same_cuts

LOWEST = "the node of the lowest cost is cut"
FIRST = "of several, the one with the lowest number"
COST = "its own risk minus that of all leaves below it, divided by the number of those leaves minus 1"
RISK = "its weight times its impurity, divided by the root's weight"
LEFT = "then costs are those of the tree that is left"
REPEATED = "equal costs are repeated"
START = "the first entry is 0 and the risk of the whole tree"
AT_MOST = "while the weakest one costs at most alpha"
ZERO = "an alpha of exactly 0 cuts nothing, not even links that cost 0"
FIELDS = "nodes that stay keep their fields"
BAD = "ValueError where alpha is negative or NaN"


def _path(n_leaves, **options):
    return lambda rng: call("ccp_path", tree=random_tree(rng, n_leaves, **options))


def _exact_path(n_leaves, prices):
    """Return a function that draws a tree; the price of each link is one of `prices`, drawn at random."""
    return lambda rng: call("ccp_path", tree=exact_links(rng, n_leaves, prices))


def _chain_path(rng):
    return call("ccp_path", tree=chain(rng, depth=12))


def _wine_path(rng):
    return call("ccp_path", tree=fitted(rng, load("wine"), load_target("wine"), max_depth=6))


def _unique(steps: Steps) -> bool:
    return unique_path(steps[0].arguments["tree"])


def _costs_change(steps: Steps) -> bool:
    """Return whether sorting nodes once by the prices of the whole tree gives another order of cuts."""
    tree = steps[0].arguments["tree"]
    prices_before_cuts = list(link_prices(tree))  # for each cut the prices of all nodes before it
    cut = [int(prices.argmin()) for prices in prices_before_cuts]
    by_first_prices = [int(node) for node in np.argsort(prices_before_cuts[0]) if node in cut]
    return unique_path(tree) and cut != by_first_prices


def _ties(steps: Steps) -> bool:
    """Return whether two links tie for the weakest before some cut."""
    return any(
        (step_prices == step_prices.min()).sum() > 1
        for step_prices in link_prices(steps[0].arguments["tree"])
    )


def _between(rng, tree):
    """Return an alpha between two prices at which links are cut; see audits.link_prices."""
    prices = sorted({0.0} | {float(step_prices.min()) for step_prices in link_prices(tree)})
    if len(prices) == 1:
        return 0.5  # each cut is free: any alpha will do
    number = int(rng.integers(1, len(prices)))
    return (prices[number - 1] + prices[number]) / 2


def _prune(n_leaves, **options):
    def make(rng):
        tree = random_tree(rng, n_leaves, **options)
        return call("prune_ccp", tree=tree, alpha=_between(rng, tree))

    return make


def _far_from_prices(steps: Steps) -> bool:
    """Return whether alpha differs from all prices by a margin, some links are cut and others stay."""
    tree, alpha = steps[0].arguments.values()
    prices = np.array([step_prices.min() for step_prices in link_prices(tree)])
    return 0 < (prices < alpha).sum() < len(prices) and bool((np.abs(prices - alpha) > 1e-6).all())


def _at_a_price(rng):
    """Return an alpha that is exactly the price of a link; a more expensive link stays."""
    while True:
        tree = exact_links(rng, n_leaves=10, prices=[0.25, 0.5, 1.0])
        prices = sorted({float(step_prices.min()) for step_prices in link_prices(tree)})
        if len(prices) > 1:
            return call("prune_ccp", tree=tree, alpha=prices[int(rng.integers(len(prices) - 1))])


def _free_links(alpha):
    """Return a function that draws a tree in which about two of three links have price 0."""
    return lambda rng: call(
        "prune_ccp", tree=exact_links(rng, n_leaves=8, prices=[0.0, 0.0, 0.5]), alpha=alpha
    )


def _alpha_above_all(rng):
    return call("prune_ccp", tree=random_tree(rng, n_leaves=8), alpha=float(rng.integers(1, 9)))


def _one_leaf(rng):
    return call("prune_ccp", tree=random_tree(rng, n_leaves=1), alpha=float(rng.random()))


def _bad(alpha):
    return lambda rng: call("prune_ccp", tree=random_tree(rng, n_leaves=4), alpha=alpha)


def _some_free(steps: Steps) -> bool:
    prices = [step_prices.min() for step_prices in link_prices(steps[0].arguments["tree"])]
    return 0 in prices and max(prices) > 0


def _path_check(name, rule, make, audit=None):
    return Check(f"tree.6/ccp_path/{name}", rule, make, path_values, audit)


def _prune_check(name, rule, make, audit=None):
    return Check(f"tree.6/prune_ccp/{name}", rule, make, same_cuts, audit)


CHECKS = (
    _path_check("one-test", RISK, _path(n_leaves=2)),
    _path_check("one-leaf", START, _path(n_leaves=1)),
    _path_check("three-leaves", COST, _path(n_leaves=3), _unique),
    _path_check("eight-leaves", LEFT, _path(n_leaves=8), _costs_change),
    _path_check("free-links", REPEATED, _exact_path(n_leaves=6, prices=[0.0, 0.0, 0.25]), _some_free),
    _path_check("equal-costs", FIRST, _exact_path(n_leaves=10, prices=[0.25, 0.25, 0.5]), _ties),
    _path_check("all-equal", REPEATED, _exact_path(n_leaves=9, prices=[0.5]), _ties),
    _path_check("chain", LOWEST, _chain_path, _unique),
    _path_check("best-first-order", LOWEST, _path(n_leaves=12, best_first=True), _unique),
    _path_check("wine", LOWEST, _wine_path, _unique),
    _prune_check("four-leaves", AT_MOST, _prune(n_leaves=4), _far_from_prices),
    _prune_check("twelve-leaves", FIELDS, _prune(n_leaves=12, d=3), _far_from_prices),
    _prune_check("best-first-order", FIELDS, _prune(n_leaves=12, best_first=True), _far_from_prices),
    _prune_check("at-a-price", AT_MOST, _at_a_price),
    _prune_check("zero", ZERO, _free_links(alpha=0.0), _some_free),
    _prune_check("nearly-zero", AT_MOST, _free_links(alpha=1e-9), _some_free),
    _prune_check("down-to-the-root", AT_MOST, _alpha_above_all),
    _prune_check("one-leaf", FIELDS, _one_leaf),
    _prune_check("negative", BAD, _bad(alpha=-0.5)),
    _prune_check("nan", BAD, _bad(alpha=float("nan"))),
)
