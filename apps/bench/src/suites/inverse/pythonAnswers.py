"""NumPy's and SciPy's side of the comparisons: reads one JSON request per line, answers with one JSON line."""

import json
import sys
import time
from functools import lru_cache

import numpy as np
import scipy
from scipy.ndimage import affine_transform
from scipy.sparse import csr_matrix

SPEED_OF_LIGHT = 299792458


def ramp(size):
    """The same numbers as in `work.ts`."""
    return ((np.arange(size, dtype=np.int64) * 7919) % 10007 / 10007).astype(np.float32)


def joseph(size, angles, detectors):
    """Joseph's projector as a compressed matrix, with pixels and detector elements of side 1."""
    middle = (size - 1) / 2
    s = np.arange(detectors) - (detectors - 1) / 2
    steps = np.arange(size)
    data, indices, counts = [], [], []
    for angle in angles:
        cos, sin = np.cos(angle), np.sin(angle)
        steep = abs(cos) >= abs(sin)
        if steep:
            # Row i: Y is known, X = (s - Y sin) / cos.
            at = (s[:, None] - (middle - steps)[None, :] * sin) / cos + middle
        else:
            # Column j: X is known, Y = (s - X cos) / sin.
            at = middle - (s[:, None] - (steps - middle)[None, :] * cos) / sin
        low = np.floor(at).astype(np.int64)
        part = at - low
        length = 1 / max(abs(cos), abs(sin))
        places = np.stack([low, low + 1], axis=-1)
        weights = np.stack([1 - part, part], axis=-1) * length
        along = np.broadcast_to(steps[None, :, None], places.shape)
        inside = (places >= 0) & (places < size) & (weights > 0)
        flat = along * size + places if steep else places * size + along
        data.append(weights[inside].astype(np.float32))
        indices.append(flat[inside].astype(np.int32))
        counts.append(inside.sum(axis=(1, 2)))
    # All three of the same width, or SciPy would store wider indices.
    starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int32)
    matrix = (np.concatenate(data), np.concatenate(indices), starts)
    return csr_matrix(matrix, shape=(len(angles) * detectors, size * size))


@lru_cache(maxsize=1)
def stored(size, views, detectors):
    """The matrix of the last scan that was asked for."""
    return joseph(size, np.arange(views) * np.pi / views, detectors)


def sparse(work):
    size, views, detectors = work["size"], work["views"], work["detectors"]
    matrix = stored(size, views, detectors)
    x = ramp(size * size)
    if work.get("check"):
        y = (matrix @ x).astype(np.float64)
        back = (matrix.T @ (matrix @ x)).astype(np.float64)
        return lambda: [float(np.linalg.norm(y)), float(np.linalg.norm(back))]
    return lambda: matrix.T @ (matrix @ x)


def rotation(work):
    """Every view as the sums of a rotated image, and back by interpolating every view at every pixel."""
    size, views, detectors = work["size"], work["views"], work["detectors"]
    image = ramp(size * size).reshape(size, size)
    angles = np.arange(views) * np.pi / views
    middle = (size - 1) / 2
    center = (detectors - 1) / 2
    across, up = np.meshgrid(np.arange(size) - middle, middle - np.arange(size))
    elements = np.arange(detectors) - center

    def run():
        sinogram = np.empty((views, detectors), np.float32)
        for v, angle in enumerate(angles):
            cos, sin = np.cos(angle), np.sin(angle)
            turn = np.array([[cos, -sin], [sin, cos]])
            shift = middle - turn @ np.array([center, center])
            turned = affine_transform(image, turn, shift, output_shape=(detectors, detectors), order=1)
            sinogram[v] = turned.sum(axis=0)
        back = np.zeros((size, size))
        for v, angle in enumerate(angles):
            back += np.interp(across * np.cos(angle) + up * np.sin(angle), elements, sinogram[v])
        return back

    return run


def mimo(work):
    """Echoes by adding up all voxels, frequency by frequency."""
    real, kind = (np.float32, np.complex64) if work["precision"] == "f32" else (np.float64, np.complex128)
    setup = work["setup"]
    voxels = np.stack(np.meshgrid(setup["x"], setup["y"], setup["z"], indexing="ij"), axis=-1).reshape(-1, 3)
    legs = [np.linalg.norm(voxels[None] - np.array(setup[side])[:, None], axis=-1) for side in ("transmitters", "receivers")]
    out, back = [d.astype(real) for d in legs]
    scene = ramp(len(voxels)).astype(kind)
    turns = [real(2 * np.pi * f / SPEED_OF_LIGHT) for f in setup["frequencies"]]
    size = 1 / ((4 * np.pi) ** 2 * out[:, None, :] * back[None, :, :]).astype(real)
    way = out[:, None, :] + back[None, :, :]

    def run():
        return np.stack([(np.exp(kind(-1j) * (k * way)) * size) @ scene for k in turns])

    return run


PREPARE = {"sparse": sparse, "rotation": rotation, "mimo": mimo}


def answer(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


prepared = {}
answer({"version": scipy.__version__})
for line in sys.stdin:
    request = json.loads(line)
    if "prepare" in request:
        prepared[request["id"]] = PREPARE[request["prepare"]["kind"]](request["prepare"])
        answer({"ready": True})
    elif "time" in request:
        run = prepared[request["time"]]
        clock = time.process_time if request["clock"] == "cpu" else time.perf_counter
        start = clock()
        for _ in range(request["repeats"]):
            run()
        answer({"seconds": clock() - start})
    elif "norms" in request:
        answer({"norms": prepared[request["norms"]]()})
