"""NumPy's side of a comparison: reads one JSON request per line, answers with one JSON line."""

import json
import sys
import time

import numpy as np

try:
    from scipy.fft import fftn
except ImportError:
    from numpy.fft import fftn


def ramp(size, shift=0.0):
    return (((np.arange(size, dtype=np.int64) * 7919) % 10007) / 10007 * 4 - 2 + shift).astype(np.float32)


def matrix(rows, columns, shift=0.0, dtype="f32"):
    values = ramp(rows * columns, shift).reshape(rows, columns)
    return values if dtype == "f32" else values.astype(np.float64)


def noise(size):
    h = np.arange(1, size + 1, dtype=np.uint32)
    for _ in range(2):
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x45D9F3B)
    return (h ^ (h >> np.uint32(16))) / 2.0**31 - 1


def factor(name, n, dtype):
    if dtype == "f64":
        a, shift = noise(n * n).reshape(n, n), n
    else:
        re, im = noise(2 * n * n).reshape(2, n, n)
        a, shift = re + 1j * im, 2 * n
    if name in ("cholesky", "eigh"):
        a = (a + a.conj().T) / 2 + (shift * np.eye(n) if name == "cholesky" else 0)
    compared = (lambda y: y) if dtype == "f64" else np.abs
    # What a run gives, and what of it is compared.
    return {
        "cholesky": (lambda: np.linalg.cholesky(a), compared),
        "solve": (lambda: np.linalg.solve(a, a), compared),
        "qr": (lambda: np.linalg.qr(a), lambda y: np.abs(y[1])),
        "eigh": (lambda: np.linalg.eigh(a), lambda y: y[0]),
        "svd": (lambda: np.linalg.svd(a, full_matrices=False), lambda y: y[1]),
    }.get(name)


def scalar_chain(x):
    state = {"c": 1.0}

    def run():
        state["c"] += 1e-6
        c = np.float32(state["c"])
        return ((x * c + np.float32(1)) * np.float32(2) + np.float32(0.5)) * c - c

    return run


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def layer_norm(x):
    centered = x - x.mean(axis=1, keepdims=True)
    return centered / np.sqrt(np.square(centered).mean(axis=1, keepdims=True) + np.float32(1e-5))


def adam(size, rate, beta1, beta2, epsilon):
    f = np.float32
    g = ramp(size)
    state = {"p": ramp(size), "m": np.zeros(size, f), "v": np.zeros(size, f), "t": 0}

    def run():
        state["t"] += 1
        t = state["t"]
        state["m"] = state["m"] * f(beta1) + g * f(1 - beta1)
        state["v"] = state["v"] * f(beta2) + np.square(g) * f(1 - beta2)
        root = np.sqrt(state["v"]) * f(1 / np.sqrt(1 - beta2**t)) + f(epsilon)
        state["p"] = state["p"] - state["m"] * f(rate / (1 - beta1**t)) / root
        return state["p"]

    return run


def prepare(work, settings):
    kind = work["kind"]
    if kind in ("affineChain", "tanhChain", "expChain", "scalarChain"):
        x = ramp(work["size"])
        two, one = np.float32(2), np.float32(1)
        return {
            "affineChain": lambda: (x * two + one) * x,
            "tanhChain": lambda: np.tanh(x * two + one) * x,
            "expChain": lambda: np.exp(np.square(x * two + one) * np.float32(-0.5)),
            "scalarChain": scalar_chain(x),
        }[kind]
    if kind == "matmul":
        a = matrix(work["n"], work["n"], 0.0, work["dtype"])
        b = matrix(work["n"], work["n"], 0.5, work["dtype"])
        return lambda: a @ b
    if kind == "factor":
        parts = factor(work["factorization"], work["n"], work["dtype"])
        if parts is None:
            return None
        run, compared = parts
        run.compared = compared
        return run
    if kind == "softmax":
        x = matrix(work["rows"], work["columns"])
        return lambda: softmax(x)
    if kind == "layerNorm":
        x = matrix(work["rows"], work["columns"])
        return lambda: layer_norm(x)
    if kind == "sum":
        x = matrix(work["rows"], work["columns"])
        return lambda: x.sum(axis=work["axis"])
    if kind == "fft":
        size = int(np.prod(work["shape"]))
        x = (ramp(size) + 1j * ramp(size, 0.5)).reshape(work["shape"])
        x = x.astype(np.complex64 if work["dtype"] == "c64" else np.complex128)
        return lambda: fftn(x)
    if kind == "adam":
        return adam(work["size"], settings["learningRate"], settings["beta1"], settings["beta2"], settings["epsilon"])
    return None


def answer(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


prepared = {}
answer({"version": np.__version__})
for line in sys.stdin:
    request = json.loads(line)
    if "prepare" in request:
        run = prepare(request["prepare"], request["adam"])
        if run is not None:
            prepared[request["id"]] = run
        answer({"ready": run is not None})
    elif "time" in request:
        run = prepared[request["time"]]
        clock = time.process_time if request["clock"] == "cpu" else time.perf_counter
        start = clock()
        for _ in range(request["repeats"]):
            run()
        answer({"seconds": clock() - start})
    elif "result" in request:
        run = prepared[request["result"]]
        values = np.ascontiguousarray(getattr(run, "compared", lambda y: y)(run()))
        if np.iscomplexobj(values):
            values = values.view(values.real.dtype)
        answer({"values": values.astype(np.float64).ravel().tolist()})
    elif "release" in request:
        del prepared[request["release"]]
        answer({})
