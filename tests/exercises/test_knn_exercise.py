"""The k-NN track: what judges candidates' answers is right itself.

The oracle, which gives expected answers, agrees with scikit-learn; audits reject inputs with several right
answers; judges accept each right answer and no other.

A judge is called as judge(steps, answers, expected answers). Answers belong to the steps that the judge's
check fetches, in their order: all searches or queries, `compress` and `rank`, otherwise the last step. The
judges tested here need no expected answers, so they get [].
"""

import numpy as np
import pytest
from mlkata.authoring import Dist, Result, Rng, call
from mlkata.tracks import catalogue, drawing, loading
from mlkata.tracks.model import Answer, Kind
from sklearn.metrics.pairwise import cosine_distances
from sklearn.neighbors import NearestNeighbors

TRACK = catalogue.get("knn")


def module(name):
    """Return a module of the track's folder."""
    return TRACK._module(name)


def test_brute_force_of_scikit_learn_loses_digits_far_from_the_origin():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3)) + 1e8
    step = call("knn_capped", Q=X[:20] + rng.normal(size=(20, 3)), X=X, k=3, max_bytes=65536)
    for algorithm, fits in (("kd_tree", True), ("brute", False)):
        model = NearestNeighbors(n_neighbors=3, algorithm=algorithm).fit(X)
        answer = model.kneighbors(step.arguments["Q"])
        assert (module("judges").neighbors_tightly([step], [answer], []) is None) is fits


def test_cosine_distances_are_those_of_scikit_learn_also_of_zero_rows():
    rng = np.random.default_rng(0)
    Q, X = rng.normal(size=(6, 3)), rng.normal(size=(20, 3))
    Q[0] = X[:2] = 0
    table = np.sort(cosine_distances(Q, X), axis=1)[:, :5]
    np.testing.assert_allclose(TRACK.oracle.knn(Q, X, 5, "cosine")[0], table, atol=1e-12)
    np.testing.assert_allclose(
        np.sort(module("audits").true_distances(Q, X, "cosine"), axis=1)[:, :5], table, atol=1e-12
    )


def test_the_oracle_raises_value_error_for_wrong_arguments():
    X, y = np.arange(4.0)[:, None], np.arange(4)
    for wrong in ({"k": 0}, {"k": 5}, {"k": 2, "weights": "near"}):
        with pytest.raises(ValueError):  # noqa: PT011 - scikit-learn chooses the message
            TRACK.oracle.knn_classify(X, X, y, **wrong)
    with pytest.raises(ValueError, match="l7"):
        TRACK.oracle.knn(X, X, 2, "l7")


def test_audits_refuse_inputs_with_more_than_one_right_answer():
    audits = module("audits")
    X = np.array([[0.0], [2.0], [3.0]])
    assert not audits.settled([call("knn", Q=np.array([[1.0]]), X=X, k=1)])
    assert audits.settled([call("knn", Q=np.array([[1.0]]), X=X, k=2)])
    arguments = {"Q": np.array([[-1.0]]), "X": np.array([[0.0], [1.0], [1.0 + 1e-9], [9.0]]), "k": 3}
    vote = call("knn_classify", **arguments, y=np.array([0, 1, 1, 1]), weights="distance")
    assert not audits.fair_vote([vote])  # weights 1 and twice 1/2: a near tie
    assert audits.fair_vote([call("knn_classify", **arguments, y=np.array([0, 1, 2, 2]), weights="distance")])
    assert audits.fair_vote([call("knn_classify", **arguments, y=np.array([0, 1, 1, 1]))])


def test_audits_accept_ties_only_if_the_tied_rows_have_one_label():
    audits, X = module("audits"), np.array([[0.0], [1.0], [-1.0], [5.0]])
    for y, fair in (([0, 1, 1, 0], True), ([0, 1, 2, 0], False)):
        assert audits.one_curve([call("loo_accuracy", X=X, y=np.array(y), k_max=2)]) is fair


def test_votes_of_any_choice_of_tied_rows_are_accepted():
    judges = module("judges")
    step = call(
        "knn_classify", Q=np.array([[0.0]]), X=np.array([[1.0], [2.0], [-2.0]]), y=np.array([4, 4, 9]), k=2
    )

    def message_on(labels, proba):
        return judges.votes([step], [(np.array(labels), np.array(proba))], [])

    assert message_on([4], [[1.0, 0.0]]) is None  # the votes are those of rows 0 and 1
    assert message_on([4], [[0.5, 0.5]]) is None  # those of rows 0 and 2
    assert "expected one of [4]" in message_on([9], [[0.5, 0.5]])
    assert "the 2 nearest rows cannot have these shares" in message_on([4], [[0.0, 1.0]])
    assert "2 votes cannot have these shares" in message_on([4], [[0.75, 0.25]])
    assert "shape (1, 1)" in message_on([4], [[1.0]])


def test_a_label_must_have_the_largest_share_in_proba():
    judges = module("judges")
    X, y = np.array([[1.0], [2.0], [-2.0], [2.0], [-2.0]]), np.array([0, 0, 0, 1, 1])
    step = call("knn_classify", Q=np.array([[0.0]]), X=X, y=y, k=3)
    message = judges.votes([step], [(np.array([0]), np.array([[1 / 3, 2 / 3]]))], [])
    assert "your proba elects" in message


def test_topk_is_judged_by_the_whole_stream():
    judges, TopK = module("judges"), module("stub").TopK
    start = TopK(np.array([2.0, np.inf, np.inf]), np.array([7, -1, -1]))
    first = call("topk_update", state=start, distances=np.array([5.0, 1.0]), indices=np.array([8, 9]))
    second = call("topk_update", state=Result(0), distances=np.array([2.0]), indices=np.array([3]))

    def message_on(distances, indices):
        state = TopK(np.array(distances), np.array(indices))
        return judges.top_of_stream([first, second], [state], [])

    assert message_on([1.0, 2.0, 2.0], [9, 7, 3]) is None
    assert message_on([1.0, 2.0, 2.0], [9, 3, 7]) is None
    assert "comes twice" in message_on([1.0, 2.0, 2.0], [9, 7, 7])
    assert "8, which is not at distance 2" in message_on([1.0, 2.0, 2.0], [9, 7, 8])
    assert "yours [2. 1. 2.]" in message_on([2.0, 1.0, 2.0], [7, 9, 3])
    assert "2 places, expected 3" in message_on([1.0, 2.0], [9, 7])
    alone = TopK(np.array([1.0, 2.0, np.inf]), np.array([9, 7, 0]))
    short = call("topk_update", state=start, distances=np.array([1.0]), indices=np.array([9]))
    assert "expected -1 in unfilled places" in judges.top_of_stream([short], [alone], [])


def test_the_query_that_is_wrong_is_named():
    judges, X = module("judges"), np.array([[1.0], [4.0], [9.0]])
    query = call("kdtree_query", state=Result(0), q=np.array([6.0]), k=2, dist=Dist(X))
    steps = [call("kdtree_build", X=X, leaf_size=1), query, query]
    right, wrong = (np.array([2.0, 3.0]), np.array([1, 2])), (np.array([2.0, 5.0]), np.array([1, 0]))
    assert judges.tree_neighbors(steps, [right, right], []) is None
    assert "query 1, place 1: yours 5, expected 3" in judges.tree_neighbors(steps, [right, wrong], [])


@pytest.mark.parametrize("name", ["counted-plane", "counted-space", "counted-colours"])
def test_a_k_d_tree_stays_within_the_budget_of_distances_and_a_scan_does_not(name):
    naive = loading.load(TRACK.solutions / "naive.py")
    for seed in range(3):
        case = drawing.draw(TRACK.check(f"knn.6/kdtree_query/{name}"), seed)
        (counted,) = case.dists
        n_distances = 0

        def dist(q, ids, counted=counted):
            nonlocal n_distances
            n_distances += len(ids)
            return counted(q, ids)

        build, *queries = case.steps
        state = naive.kdtree_build(**build.arguments)
        for step in queries:
            naive.kdtree_query(state, step.arguments["q"], step.arguments["k"], dist)
        assert n_distances < 0.75 * counted.budget  # a tree leaves a quarter
        assert (
            len(queries) * len(counted.points) > 5 * counted.budget
        )  # a scan of all rows exceeds it five times


def test_an_index_is_judged_by_its_recall_and_any_tied_row_counts():
    judges, X = module("judges"), np.array([[1.0], [-1.0], [2.0], [7.0]])
    search = call("index_search", state=Result(0), q=np.array([0.0]), k=2, dist=Dist(X))
    steps = [call("index_build", X=X, rng=Rng(0), dist=Dist(X)), search]
    assert judges.high_recall(steps, [np.array([1, 0])], []) is None
    assert "50.0% of the rows found" in judges.high_recall(steps, [np.array([1, 3])], [])
    assert judges.different_rows(steps, [np.array([1, 3])], []) is None
    assert "not 2 different rows" in judges.different_rows(steps, [np.array([1, 1])], [])
    assert "rows are 0 to 3" in judges.different_rows(steps, [np.array([1, 4])], [])
    nearer = call("index_search", state=Result(0), q=np.array([0.0]), k=1, dist=Dist(X))
    assert judges.recall([steps[0], nearer], [np.array([1])]) == 1


def test_queries_of_a_changing_set_are_judged_by_its_present_rows():
    judges, X = module("judges"), np.array([[1.0], [4.0], [9.0]])
    ids = np.array([2, 0, 1])
    steps = [
        call("insert", state=None, ids=ids, X=X[ids]),
        call("delete", state=Result(0), ids=np.array([1])),
        call("query", state=Result(1), q=np.array([6.0]), k=2, dist=Dist(X)),
    ]
    assert judges.live_neighbors(steps, [(np.array([3.0, 5.0]), np.array([2, 0]))], []) is None
    assert "1 is not in the set" in judges.live_neighbors(
        steps, [(np.array([2.0, 3.0]), np.array([1, 2]))], []
    )
    message = judges.live_neighbors(steps, [(np.array([3.0, 6.0]), np.array([2, 0]))], [])
    assert "query at step 2, place 1: yours 6, expected 5" in message


def test_the_naive_solution_makes_fewer_calls_than_round_8_allows():
    """naive.py passes one row in each call, so its calls are its distances."""
    naive = loading.load(TRACK.solutions / "naive.py")
    case = drawing.draw(TRACK.check("knn.8/query/counted"), seed=0)
    (counted,) = case.dists
    state, calls = None, 0

    def dist(q, ids):
        nonlocal calls
        calls += 1
        return counted(q, ids)

    for step in case.steps:
        arguments = {**step.arguments, "state": state}
        if step.function == "query":
            naive.query(**(arguments | {"dist": dist}))
        else:
            state = getattr(naive, step.function)(**arguments)
    assert calls < min(3000, counted.budget)  # a case allows 3,000 calls


def test_codes_are_judged_by_the_rows_that_rank_returns():
    judges, Codes = module("judges"), module("stub").Codes
    X, Q = np.array([[1.0], [4.0], [9.0]]), np.array([[6.0]])
    steps = [call("compress", X=X, rng=Rng(0)), call("rank", codes=Result(0), Q=Q, k=2)]
    codes = Codes(np.array([[1], [4], [9]], dtype=np.uint8), np.zeros(1))
    assert judges.ranked_rows(steps, [codes, np.array([[2, 1]])], []) is None
    assert judges.ranked_recall(steps, [codes, np.array([[2, 1]])]) == 1
    assert judges.ranked_recall(steps, [codes, np.array([[0, 1]])]) == 0.5
    assert "not 2 different rows" in judges.ranked_rows(steps, [codes, np.array([[1, 1]])], [])
    short = Codes(codes.codes[:2], codes.book)
    assert "2 lines for 3 rows" in judges.ranked_rows(steps, [short, np.array([[2, 1]])], [])


def test_the_cost_of_codes_is_their_bytes_and_those_of_the_book():
    check = TRACK.check("knn.9/rank/digits")
    steps = drawing.draw(check, seed=0).steps
    codes = module("stub").Codes(np.zeros((1700, 3), np.int16), np.zeros(850))
    answer = Answer(Kind.VALUE, [codes, np.tile(np.arange(10), (30, 1))])
    assert check.score(steps, answer).cost == 6 + 4  # bytes a row: three int16, and 850 floats for 1,700 rows
