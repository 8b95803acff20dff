"""NumPy's side of the comparisons: reads one JSON request per line, answers with one JSON line."""

import json
import sys
import time

import numpy as np
from scipy.linalg import cho_factor, cho_solve

DAMPING = 1e-5


def window(d, m):
    """A full window of gradients, its inner products, and one more gradient, in single precision."""
    rng = np.random.default_rng(d + m)
    rows = rng.standard_normal((m, d), dtype=np.float32)
    return rows, (rows @ rows.T).astype(np.float64), rng.standard_normal(d, dtype=np.float32)


def push(d, m):
    """One gradient in place of another, and its inner products with all; the window before it stays."""
    rows, gram, g = window(d, m)

    def run():
        fresh = rows.copy()
        fresh[3 % m] = g
        products = (fresh @ g).astype(np.float64)
        found = gram.copy()
        found[3 % m] = products
        found[:, 3 % m] = products
        return fresh, found

    return run


def product(d, m):
    """(x - G^T (m lambda I + G G^T)^-1 G x) / lambda, the matrix factored before."""
    rows, gram, x = window(d, m)
    factor = cho_factor(gram + m * DAMPING * np.eye(m))

    def run():
        inside = cho_solve(factor, (rows @ x).astype(np.float64))
        return (x - rows.T @ inside.astype(np.float32)) / np.float32(DAMPING)

    return run


def answer(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


prepared = {}
answer({"version": np.__version__})
for line in sys.stdin:
    request = json.loads(line)
    if "prepare" in request:
        work = request["prepare"]
        prepared.clear()
        prepared[request["id"]] = (push if work["kind"] == "push" else product)(work["d"], work["m"])
        answer({"ready": True})
    elif "time" in request:
        run = prepared[request["time"]]
        clock = time.process_time if request["clock"] == "cpu" else time.perf_counter
        start = clock()
        for _ in range(request["repeats"]):
            run()
        answer({"seconds": clock() - start})
