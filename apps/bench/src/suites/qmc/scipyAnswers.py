"""SciPy's side of the comparisons: reads one JSON request per line, answers with one JSON line."""

import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import scipy
from scipy.special import ive, kve
from scipy.stats import qmc

warnings.simplefilter("ignore")


def grid(count, orders, arguments):
    """The same points as in `grids.ts`."""
    i = np.arange(count, dtype=np.int64)
    u = (i * 7919) % 10007 / 10007
    w = (i * 104729) % 10009 / 10009
    return orders[0] + u * (orders[1] - orders[0]), arguments[0] + (1 - w) * (arguments[1] - arguments[0])


def fwht(x):
    """The unitary Walsh-Hadamard transform."""
    n = len(x)
    h = 1
    while h < n:
        pairs = x.reshape(-1, 2, h)
        x = np.concatenate([pairs[:, :1] + pairs[:, 1:], pairs[:, :1] - pairs[:, 1:]], axis=1).reshape(-1)
        h *= 2
    return x / np.sqrt(n)


def gram(m, d):
    """(K + I / 1000)^-1 v for the digitally shift-invariant kernel of order 2 on a Sobol' net in natural order."""
    n = 2**m
    points = qmc.Sobol(d, scramble=False, bits=30).random(n)
    order = np.arange(n)
    points = points[np.argsort(order ^ (order >> 1))]
    v = np.sin(np.arange(n))

    def run():
        x = points
        beta = np.where(x == 0, 0, 1 - np.frexp(x)[1])
        t1 = np.where(x == 0, 0, 2.0 ** (-beta))
        kernel = -beta * x + 2.5 * (1 - t1)
        column = np.prod(1 + (kernel - 1), axis=1)
        eigenvalues = np.maximum(np.sqrt(n) * fwht(column), 0)
        return fwht(fwht(v) / (eigenvalues + 1e-3))

    return run


def sobol(m, d):
    engine = qmc.Sobol(d, scramble=True, rng=1)

    def run():
        engine.reset()
        return engine.random(2**m)

    return run


def compiled(name, flags=("-lm",)):
    """The function of a C file beside this one, or None where there is no gcc."""
    if shutil.which("gcc") is None:
        return None
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".c")
    with tempfile.TemporaryDirectory() as folder:
        library = os.path.join(folder, name + ".so")
        command = ["gcc", "-O3", "-shared", "-fPIC", "-o", library, source, *flags]
        if subprocess.run(command, capture_output=True).returncode != 0:
            return None
        return getattr(ctypes.CDLL(library), name)


def compiled_fwht(m):
    """The transform in C, or None where it cannot be compiled."""
    transform = compiled("fwht")
    if transform is None:
        return None
    transform.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    values = np.sin(np.arange(2**m, dtype=np.float64))
    if not np.allclose(fwht(values), run_in_place(transform, values.copy())):
        raise RuntimeError("fwht.c and NumPy differ")
    return lambda: run_in_place(transform, values)


def compiled_fill(count, threads):
    """A loop in C that writes so many doubles on one or two threads, or None where it cannot be compiled."""
    fill = compiled("fill", ("-lpthread",))
    if fill is None:
        return None
    fill.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    values = np.ones(count)
    return lambda: fill(values.ctypes.data, count, threads)


def run_in_place(transform, values):
    transform(values.ctypes.data, len(values))
    return values


def fresh(make):
    """Points of a sample that is drawn anew every time."""
    return lambda m, d: lambda: make(d).random(2**m)


SAMPLES = {
    "halton": fresh(lambda d: qmc.Halton(d, scramble=True, rng=1)),
    "latin": fresh(lambda d: qmc.LatinHypercube(d, rng=1)),
}


def prepare(work):
    kind = work["kind"]
    if kind in SAMPLES:
        return SAMPLES[kind](work["m"], work["d"])
    if kind == "sobol":
        return sobol(work["m"], work["d"])
    if kind == "fwht":
        return compiled_fwht(work["m"])
    if kind == "fill":
        return compiled_fill(work["count"], work["threads"])
    if kind == "gram":
        return gram(work["m"], work["d"])
    if kind in ("logI", "logK"):
        v, x = grid(work["count"], work["orders"], work["arguments"])
        return (lambda: np.log(ive(v, x)) + x) if kind == "logI" else (lambda: np.log(kve(v, x)) - x)
    return None


def answer(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


prepared = {}
answer({"version": scipy.__version__})
for line in sys.stdin:
    request = json.loads(line)
    if "prepare" in request:
        prepared[request["id"]] = prepare(request["prepare"])
        answer({"ready": prepared[request["id"]] is not None})
    elif "time" in request:
        run = prepared[request["time"]]
        clock = time.process_time if request["clock"] == "cpu" else time.perf_counter
        start = clock()
        for _ in range(request["repeats"]):
            run()
        answer({"seconds": clock() - start})
    elif "finite" in request:
        answer({"share": float(np.mean(np.isfinite(prepared[request["finite"]]())))})
