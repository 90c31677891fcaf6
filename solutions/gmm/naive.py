"""Gaussian mixtures in plain Python: the first version that one writes, which faster versions must equal.

numpy only reads and returns arrays and draws random numbers; everything else is loops over lists.
n rows, d features, K components. Shares are responsibilities. Source: Dempster, Laird and Rubin (1977), as in
reference.py.
"""

import math
from typing import NamedTuple

import numpy as np

EPS = 10 * 2.0**-52  # added to the size of each component, as in scikit-learn: 10 times the machine epsilon
STARTS = 4  # starts of EM that `select` tries for each k and covariance type


class Sums(NamedTuple):
    """Averages over all rows seen: sizes (K,), sums (K, d), squares (K, d, d)."""

    sizes: np.ndarray
    sums: np.ndarray
    squares: np.ndarray


def e_step_1d(x, weights, means, variances):
    """Return the responsibilities for each number: (n, K). O(nK)."""
    components = list(zip(weights.tolist(), means.tolist(), variances.tolist()))
    shares = []
    for value in x.tolist():
        joint = [weight * density_1d(value, mean, variance) for weight, mean, variance in components]
        total = sum(joint)
        shares.append([density / total for density in joint])
    return np.array(shares)


def m_step_1d(x, responsibilities):
    """Estimate weights, means and variances, each (K,), from weighted numbers. O(nK)."""
    values = x.tolist()
    weights, means, variances = [], [], []
    for shares in zip(*responsibilities.tolist()):  # one component after the other
        size = sum(shares)
        mean = sum(share * value for share, value in zip(shares, values)) / size
        squares = sum(share * (value - mean) ** 2 for share, value in zip(shares, values))
        weights.append(size / len(values))
        means.append(mean)
        variances.append(squares / size)
    return np.array(weights), np.array(means), np.array(variances)


def fit_1d(x, weights, means, variances, n_iter):
    """Run n_iter iterations of EM: weights, means, variances (K,), log_likelihoods (n_iter,). O(nK) each."""
    log_likelihoods = []
    for _ in range(n_iter):
        components = list(zip(weights.tolist(), means.tolist(), variances.tolist()))
        log_likelihood = 0.0
        for value in x.tolist():
            log_likelihood += math.log(
                sum(weight * density_1d(value, mean, variance) for weight, mean, variance in components)
            )
        log_likelihoods.append(log_likelihood)
        weights, means, variances = m_step_1d(x, e_step_1d(x, weights, means, variances))
    return weights, means, variances, np.array(log_likelihoods)


def log_density(X, means, covariances):
    """Return log normal densities, by Cholesky factors: (n, K). O(K d³ + n K d²)."""
    check_data(X, means, covariances)
    factors = [cholesky(covariance) for covariance in covariances.tolist()]
    mean_lists = means.tolist()
    return np.array(
        [[log_normal(row, mean, L) for mean, L in zip(mean_lists, factors)] for row in X.tolist()]
    )


def responsibilities(X, weights, means, covariances):
    """Return the responsibilities for each row: (n, K). O(K d³ + n K d²)."""
    check_weights(weights, len(means))
    check_data(X, means, covariances)
    shares, _ = e_step(X.tolist(), weights.tolist(), means.tolist(), covariances.tolist())
    return np.array(shares)


def m_step(X, responsibilities, reg_covar):
    """Estimate weights (K,), means (K, d), covariances (K, d, d) from weighted rows. O(n K d²)."""
    if X.ndim != 2 or responsibilities.ndim != 2 or len(X) != len(responsibilities):
        raise ValueError(f"shapes do not match: X {X.shape}, responsibilities {responsibilities.shape}")
    check_finite(X, responsibilities)
    weights, means, covariances = estimate(X.tolist(), responsibilities.tolist(), reg_covar, "full")
    return np.array(weights), np.array(means), np.array(covariances)


def fit(X, weights, means, covariances, tol=1e-3, reg_covar=1e-6, max_iter=100, covariance_type="full"):
    """Run EM until the bound changes by less than tol. O(K d³ + n K d²) an iteration."""
    check_fit(X, weights, means, covariances, covariance_type)
    rows, weights, means, covariances = X.tolist(), weights.tolist(), means.tolist(), covariances.tolist()
    lower_bound, converged, n_iter = -math.inf, False, 0
    while n_iter < max_iter and not converged:
        n_iter += 1
        full = as_full(covariances, len(means), len(means[0]), covariance_type)
        shares, log_likelihood = e_step(rows, weights, means, full)
        weights, means, covariances = estimate(rows, shares, reg_covar, covariance_type)
        new_bound = sum(log_likelihood) / len(rows)
        converged = abs(new_bound - lower_bound) < tol
        lower_bound = new_bound
    for covariance in as_full(covariances, len(means), len(means[0]), covariance_type):
        cholesky(covariance)  # no E-step has checked the last covariances
    return np.array(weights), np.array(means), np.array(covariances), lower_bound, n_iter, converged


def init_from_kmeans(X, labels):
    """Turn each cluster into a component: weights (K,), means (K, d), covariances (K, d, d). O(n K d²)."""
    check_finite(X)
    label_list = labels.tolist()
    k = max(label_list) + 1
    if len(label_list) != len(X) or set(label_list) != set(range(k)):
        raise ValueError("expected labels 0 to n_components - 1, one for each row, each at least once")
    shares = [[1.0 if label == j else 0.0 for j in range(k)] for label in label_list]
    weights, means, covariances = estimate(X.tolist(), shares, reg_covar=1e-6, covariance_type="full")
    return np.array(weights), np.array(means), np.array(covariances)


def soft_kmeans(X, centers, sigma2, max_iter):
    """Run EM with fixed sigma2 and equal weights: centers (K, d), responsibilities (n, K). O(nKd)."""
    if X.ndim != 2 or centers.ndim != 2 or X.shape[1] != centers.shape[1] or not sigma2 > 0:
        raise ValueError(f"X {X.shape}, centers {centers.shape}, sigma2 {sigma2}")
    check_finite(X, centers, np.array(sigma2))
    rows, centre_lists = X.tolist(), centers.tolist()
    shares = [soft_assign(row, centre_lists, sigma2) for row in rows]
    for _ in range(max_iter):
        for j, column in enumerate(zip(*shares)):
            size = sum(column)
            if size > 0:
                totals = [sum(share * value for share, value in zip(column, values)) for values in zip(*rows)]
                centre_lists[j] = [total / size for total in totals]
        shares = [soft_assign(row, centre_lists, sigma2) for row in rows]
    return np.array(centre_lists), np.array(shares)


def bic(X, weights, means, covariances, covariance_type="full"):
    """Return the Bayesian information criterion. O(K d³ + n K d²)."""
    check_covariances(means, covariances, covariance_type)
    k, d = means.shape
    full = as_full(covariances.tolist(), k, d, covariance_type)
    _, log_likelihood = e_step(X.tolist(), weights.tolist(), means.tolist(), full)
    matrix = d * (d + 1) // 2  # parameters of a symmetric matrix
    of_covariances = {"full": k * matrix, "tied": matrix, "diag": k * d, "spherical": k}[covariance_type]
    n_parameters = of_covariances + k * d + k - 1  # with means, and weights that sum to 1
    return n_parameters * math.log(len(X)) - 2 * sum(log_likelihood)


def select(X, ks, covariance_types, rng):
    """Keep the fit of the lowest BIC: k, covariance_type, weights, means, covariances."""
    if not all(1 <= k <= len(X) for k in ks):
        raise ValueError(f"each k is 1 to {len(X)}, not {ks}")
    rows = X.tolist()
    best, lowest_bic = None, math.inf
    for k in ks:
        for covariance_type in covariance_types:
            for _ in range(STARTS):
                shares = first_shares(rows, k, rng)
                start = estimate(rows, shares, reg_covar=0.05, covariance_type=covariance_type)
                start = [np.array(array) for array in start]
                model = fit(X, *start, reg_covar=0.05, covariance_type=covariance_type)[:3]
                score = bic(X, *model, covariance_type)
                if score < lowest_bic:
                    best, lowest_bic = (k, covariance_type, *model), score
    return best


def partial(X_chunk, params, weights):
    """Return moments about the old means, summed row by row: O(n K d²) time, O(K d²) memory.

    They are lists: the old means, sizes, sums, squares; and the log-likelihood.
    """
    mixing, means, covariances = params  # mixing: the weights of the components; `weights` are those of rows
    check_weights(mixing, len(means))
    check_data(X_chunk[:0], means, covariances)
    if weights.shape != (len(X_chunk),) or X_chunk.ndim != 2 or X_chunk.shape[1] != means.shape[1]:
        raise ValueError("shapes do not match")
    k, d = means.shape
    mean_lists, covariance_lists = means.tolist(), covariances.tolist()
    logs = [math.log(weight) if weight > 0 else -math.inf for weight in mixing.tolist()]
    components = list(zip(logs, mean_lists, [cholesky(covariance) for covariance in covariance_lists]))
    sizes, sums = [0.0] * k, [[0.0] * d for _ in range(k)]
    squares = [[[0.0] * d for _ in range(d)] for _ in range(k)]
    log_likelihood = 0.0
    for index in range(len(X_chunk)):
        row, row_weight = X_chunk[index].tolist(), float(weights[index])
        if not all(math.isfinite(value) for value in [*row, row_weight]) or row_weight < 0:
            raise ValueError("rows are finite, their weights at least 0")
        shares, log_density_of_row = share(row, components)
        log_likelihood += row_weight * log_density_of_row
        for j, share_of_row in enumerate(shares):
            weighted_share = share_of_row * row_weight
            offset = [value - mean_value for value, mean_value in zip(row, mean_lists[j])]
            sizes[j] += weighted_share
            for a in range(d):
                sums[j][a] += weighted_share * offset[a]
                for b in range(d):
                    squares[j][a][b] += weighted_share * offset[a] * offset[b]
    return mean_lists, sizes, sums, squares, log_likelihood


def merge(a, b):
    """Add two results of `partial`, but for the old means, which are the same in both. O(K d²)."""
    return (a[0], *(added(mine, yours) for mine, yours in zip(a[1:], b[1:])))


def finish(stats, reg_covar):
    """Compute the M-step from summed moments: weights, means, covariances, lower_bound. O(K d²)."""
    old_means, sizes, sums, squares, log_likelihood = stats
    total = sum(sizes)
    if total == 0:
        raise ValueError("all rows have weight 0")
    d = len(old_means[0])
    weights, means, covariances = [], [], []
    for size, old, first_moment, second_moment in zip(sizes, old_means, sums, squares):
        shift = [feature_sum / size for feature_sum in first_moment]
        covariance = divided(second_moment, size, reg_covar)
        for i in range(d):
            for j in range(d):
                covariance[i][j] -= shift[i] * shift[j]
        weights.append(size / total)
        means.append([old_value + change for old_value, change in zip(old, shift)])
        covariances.append(covariance)
    return np.array(weights), np.array(means), np.array(covariances), log_likelihood / total


def online_step(state, X_batch, eta):
    """Take one step of stepwise EM. O(n K d² + K d³)."""
    sizes, sums, squares = (part.tolist() for part in state)
    k, d, n = len(sizes), len(sums[0]), len(X_batch)
    means = [[number / size for number in first_moment] for size, first_moment in zip(sizes, sums)]
    covariances = [
        divided(second_moment, size, reg_covar=1e-6) for size, second_moment in zip(sizes, squares)
    ]
    for covariance, mean in zip(covariances, means):
        for i in range(d):
            for j in range(d):
                covariance[i][j] -= mean[i] * mean[j]
    rows = X_batch.tolist()
    shares, _ = e_step(rows, [size / sum(sizes) for size in sizes], means, covariances)
    for component in range(k):
        sizes[component] *= 1 - eta
        sums[component] = [(1 - eta) * number for number in sums[component]]
        squares[component] = [[(1 - eta) * number for number in line] for line in squares[component]]
        for row, share_of_row in zip(rows, shares):
            weighted_share = eta * share_of_row[component] / n
            sizes[component] += weighted_share
            for i in range(d):
                sums[component][i] += weighted_share * row[i]
                for j in range(d):
                    squares[component][i][j] += weighted_share * row[i] * row[j]
    return Sums(np.array(sizes), np.array(sums), np.array(squares))


def fit_missing(X, weights, means, covariances, reg_covar, max_iter):
    """Run EM with conditional expectations, row by row. O(n K d³) an iteration."""
    if any(math.isinf(value) for row in X.tolist() for value in row):
        raise ValueError("infinity in the input")
    rows, weights, means, covariance_lists = (
        X.tolist(),
        weights.tolist(),
        means.tolist(),
        covariances.tolist(),
    )
    k, d = len(means), len(means[0])
    log_likelihoods = []
    for _ in range(max_iter):
        expectations = [
            [expect(row, means[component], covariance_lists[component]) for component in range(k)]
            for row in rows
        ]
        shares, total = [], 0.0
        for of_row in expectations:
            log_joint = [math.log(weights[component]) + of_row[component][0] for component in range(k)]
            largest = max(log_joint)
            scaled = [math.exp(value - largest) for value in log_joint]
            shares.append([value / sum(scaled) for value in scaled])
            total += largest + math.log(sum(scaled))
        log_likelihoods.append(total / len(rows))
        for component in range(k):
            size = sum(share_of_row[component] for share_of_row in shares)
            weighted_rows = [  # weight, filled row, conditional covariance
                (share_of_row[component] / size, of_row[component][1], of_row[component][2])
                for share_of_row, of_row in zip(shares, expectations)
            ]
            mean = [sum(share * filled[i] for share, filled, _ in weighted_rows) for i in range(d)]
            weights[component], means[component] = size / len(rows), mean
            for i in range(d):
                for j in range(d):
                    covariance_lists[component][i][j] = reg_covar if i == j else 0.0
                    for share, filled, extra in weighted_rows:
                        product = (filled[i] - mean[i]) * (filled[j] - mean[j])
                        covariance_lists[component][i][j] += share * (product + extra[i][j])
    return np.array(weights), np.array(means), np.array(covariance_lists), np.array(log_likelihoods)


def expect(row, mean, covariance):
    """Return the log density of a row's known values, the filled row and the conditional covariance.

    In the filled row, expectations given the known values stand in for missing ones.
    """
    d = len(row)
    known = [i for i in range(d) if not math.isnan(row[i])]
    missing = [i for i in range(d) if math.isnan(row[i])]
    L = cholesky([[covariance[i][j] for j in known] for i in known])
    z = solved(L, [row[i] - mean[i] for i in known])
    log_density_of_row = -0.5 * len(known) * math.log(2 * math.pi)
    log_density_of_row -= sum(0.5 * value**2 + math.log(L[i][i]) for i, value in enumerate(z))
    columns = {j: solved(L, [covariance[i][j] for i in known]) for j in missing}
    filled, extra = list(row), [[0.0] * d for _ in range(d)]
    for j in missing:
        filled[j] = mean[j] + dot(columns[j], z)
        for i in missing:
            extra[i][j] = covariance[i][j] - dot(columns[i], columns[j])
    return log_density_of_row, filled, extra


def solved(L, b):
    """Solve L z = b, L lower triangular."""
    z = []
    for i, value in enumerate(b):
        z.append((value - dot(L[i], z)) / L[i][i])
    return z


def dot(a, b):
    """Return the sum of the products of two lists, up to the end of the shorter one."""
    return sum(x * y for x, y in zip(a, b))


def stream_update(state, X_batch):
    """Fit the batch alone, and forget all earlier batches: the simplest approach that works.

    Up to 5 components, since groups are seldom more. A ridge of 0.25 keeps all widths at 0.5 or above, as the
    contract asks.
    """
    del state
    rows = X_batch.tolist()
    shares = first_shares(rows, min(5, len(rows)), np.random.default_rng(0))
    start = [np.array(array) for array in estimate(rows, shares, reg_covar=0.25, covariance_type="full")]
    return fit(X_batch, *start, reg_covar=0.25, max_iter=10)[:3]


def stream_score(state, X):
    """Return log-densities by the mixture and a component for unexpected rows: (n,). O(n K).

    That component is 10 wide at the origin and has a weight of 0.05.
    """
    weights, means, covariances = (array.tolist() for array in state)
    weights = [0.95 * weight for weight in weights] + [0.05]
    _, logs = e_step(X.tolist(), weights, [*means, [0.0, 0.0]], [*covariances, [[100.0, 0.0], [0.0, 100.0]]])
    return np.array(logs)


def added(a, b):
    """Add two numbers, or lists of them, of any depth."""
    return [added(x, y) for x, y in zip(a, b)] if isinstance(a, list) else a + b


def first_shares(rows, k, rng):
    """Assign each row to the nearest of k picked rows: for each row a list of 0 and 1.

    The first pick is random, each other one the row that is farthest from all earlier picks.
    """
    picks = [rows[int(rng.integers(len(rows)))]]
    while len(picks) < k:
        closest = [min(squared_distance(row, pick) for pick in picks) for row in rows]
        picks.append(rows[closest.index(max(closest))])
    shares = []
    for row in rows:
        squares = [squared_distance(row, pick) for pick in picks]
        nearest = squares.index(min(squares))
        shares.append([1.0 if j == nearest else 0.0 for j in range(k)])
    return shares


def squared_distance(a, b):
    """Sum the squared differences of two rows."""
    return sum((x - y) ** 2 for x, y in zip(a, b))


def soft_assign(row, centre_lists, sigma2):
    """Return a row's responsibilities for the centres."""
    squares = [sum((a - b) ** 2 for a, b in zip(row, centre)) for centre in centre_lists]
    nearest = min(squares)
    scaled = [math.exp(-(square - nearest) / (2 * sigma2)) for square in squares]
    return [number / sum(scaled) for number in scaled]


def density_1d(value, mean, variance):
    """Return the normal density of a number."""
    return math.exp(-((value - mean) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)


def cholesky(covariance):
    """Return the lower triangular L with covariance = L Lᵀ. Raise ValueError if not positive definite."""
    d = len(covariance)
    L = [[0.0] * d for _ in range(d)]
    for i in range(d):
        for j in range(i + 1):
            remainder = covariance[i][j] - sum(L[i][a] * L[j][a] for a in range(j))
            if i > j:
                L[i][j] = remainder / L[j][j]
            elif remainder > 0:
                L[i][i] = math.sqrt(remainder)
            else:
                raise ValueError("a covariance is not positive definite")
    return L


def log_normal(row, mean, L):
    """Return the log normal density of a row, from the factor of the covariance."""
    z, total = [], len(row) * math.log(2 * math.pi)
    for i, (value, mean_value) in enumerate(zip(row, mean)):
        z.append((value - mean_value - sum(L[i][a] * z[a] for a in range(i))) / L[i][i])
        total += z[i] ** 2 + 2 * math.log(L[i][i])
    return -0.5 * total


def e_step(rows, weights, means, covariances):
    """Return responsibilities, a list for each row, and log p(x) for each row."""
    logs = [math.log(weight) if weight > 0 else -math.inf for weight in weights]
    components = list(zip(logs, means, [cholesky(covariance) for covariance in covariances]))
    shares, log_likelihood = [], []
    for row in rows:
        shares_of_row, log_density_of_row = share(row, components)
        shares.append(shares_of_row)
        log_likelihood.append(log_density_of_row)
    return shares, log_likelihood


def share(row, components):
    """Return the responsibilities for one row, and its log p(x).

    components: for each, the logarithm of its weight, the mean and the factor of the covariance.
    """
    log_joint = [log_weight + log_normal(row, mean, L) for log_weight, mean, L in components]
    largest = max(log_joint)
    scaled = [math.exp(number - largest) for number in log_joint]
    total = sum(scaled)
    return [number / total for number in scaled], largest + math.log(total)


def estimate(rows, shares, reg_covar, covariance_type):
    """Compute the M-step: weights, means, and covariances in the shape of covariance_type."""
    k, d = len(shares[0]), len(rows[0])
    sizes, means, scatters = [], [], []
    for column in zip(*shares):
        size = sum(column) + EPS
        mean = [sum(share * row[i] for share, row in zip(column, rows)) / size for i in range(d)]
        scatter = [[0.0] * d for _ in range(d)]
        for share, row in zip(column, rows):
            offset = [value - mean_value for value, mean_value in zip(row, mean)]
            for i in range(d):
                for j in range(d):
                    scatter[i][j] += share * offset[i] * offset[j]
        sizes.append(size)
        means.append(mean)
        scatters.append(scatter)
    total = sum(sizes)
    weights = [size / total for size in sizes]
    if covariance_type == "tied":
        pooled = [[sum(scatter[i][j] for scatter in scatters) for j in range(d)] for i in range(d)]
        return weights, means, divided(pooled, total, reg_covar)
    full = [divided(scatters[component], sizes[component], reg_covar) for component in range(k)]
    if covariance_type == "full":
        return weights, means, full
    variances = [[covariance[i][i] for i in range(d)] for covariance in full]
    if covariance_type == "diag":
        return weights, means, variances
    return weights, means, [sum(variances_of_component) / d for variances_of_component in variances]


def divided(scatter, size, reg_covar):
    """Divide a scatter matrix by a size and add reg_covar to its diagonal."""
    d = len(scatter)
    return [[scatter[i][j] / size + (reg_covar if i == j else 0.0) for j in range(d)] for i in range(d)]


def as_full(covariances, k, d, covariance_type):
    """Return covariances of any type as k full ones."""
    if covariance_type == "full":
        return covariances
    if covariance_type == "tied":
        return [covariances] * k
    if covariance_type == "spherical":
        covariances = [[variance] * d for variance in covariances]
    return [
        [[variances[i] if i == j else 0.0 for j in range(d)] for i in range(d)] for variances in covariances
    ]


def check_finite(*arrays):
    """Raise ValueError for NaN or infinity."""
    if not all(math.isfinite(value) for array in arrays for value in array.ravel().tolist()):
        raise ValueError("NaN or infinity in the input")


def check_data(X, means, covariances):
    """Raise ValueError unless these are rows, means and full covariances."""
    if X.ndim != 2 or means.ndim != 2 or X.shape[1] != means.shape[1]:
        raise ValueError(f"shapes do not match: X {X.shape}, means {means.shape}")
    if covariances.shape != (*means.shape, means.shape[1]):
        raise ValueError(f"covariances of shape {covariances.shape} for means of shape {means.shape}")
    check_finite(X, means, covariances)


def check_weights(weights, k):
    """Raise ValueError unless these are the weights of k components."""
    if weights.shape != (k,):
        raise ValueError(f"{k} components, weights of shape {weights.shape}")
    if not all(weight >= 0 for weight in weights.tolist()) or not abs(sum(weights.tolist()) - 1) < 1e-6:
        raise ValueError("weights are at least 0 and sum to 1")


def check_fit(X, weights, means, covariances, covariance_type):
    """Raise ValueError for input on which fit cannot run."""
    if X.ndim != 2 or means.ndim != 2 or X.shape[1] != means.shape[1]:
        raise ValueError(f"shapes do not match: X {X.shape}, means {means.shape}")
    check_weights(weights, len(means))
    if len(X) < max(2, len(means)):
        raise ValueError(f"{len(X)} rows are too few for {len(means)} components")
    check_covariances(means, covariances, covariance_type)
    check_finite(X, means, covariances)


def check_covariances(means, covariances, covariance_type):
    """Raise ValueError unless the covariances have the shape of their type."""
    k, d = means.shape
    shapes = {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}
    if covariance_type not in shapes:
        raise ValueError(f"covariance_type is one of {', '.join(shapes)}, not {covariance_type!r}")
    if covariances.shape != shapes[covariance_type]:
        raise ValueError(f"covariances of shape {covariances.shape} are not {covariance_type}")
