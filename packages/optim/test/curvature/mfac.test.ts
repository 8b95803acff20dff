/** M-FAC against dense inverses, in both precisions, and what the optimizer promises besides its rule. */
import { fisherInverse, fisherWindow, loadState, mfac, pruneWeights, ravel, saveState, unravel } from "@ansatz/optim";
import { ArgumentError, backendOf, ShapeError, tensor, zeros, type Tensor } from "@ansatz/tensor";
import { adjointError } from "@ansatz/tensor/linear";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const draw = (k: number, shape: number[], dtype: "f32" | "f64" = "f64"): Tensor =>
  normal(key(k), shape, { dtype: dtype as "f32" }).eval() as Tensor;

/** Rows of `F`, with F block diagonal for a block size. */
function fisher(G: number[][], damping: number, blockSize = G[0].length): number[][] {
  const d = G[0].length;
  return Array.from({ length: d }, (_, i) =>
    Array.from({ length: d }, (__, j) => {
      const same = Math.floor(i / blockSize) === Math.floor(j / blockSize);
      return (i === j ? damping : 0) + (same ? G.reduce((s, g) => s + g[i] * g[j], 0) / G.length : 0);
    }),
  );
}

/** Solves a dense system by elimination with row exchanges. */
function solve(A: number[][], b: number[]): number[] {
  const n = b.length;
  const M = A.map((row, i) => [...row, b[i]]);
  for (let i = 0; i < n; i++) {
    let best = i;
    for (let k = i + 1; k < n; k++) if (Math.abs(M[k][i]) > Math.abs(M[best][i])) best = k;
    [M[i], M[best]] = [M[best], M[i]];
    for (let k = i + 1; k < n; k++) {
      const f = M[k][i] / M[i][i];
      for (let j = i; j <= n; j++) M[k][j] -= f * M[i][j];
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) x[i] = (M[i][n] - x.reduce((s, v, j) => (j > i ? s + M[i][j] * v : s), 0)) / M[i][i];
  return x;
}

const rowsOf = async (G: Tensor): Promise<number[][]> => {
  const data = Array.from(await G.data(), Number);
  return Array.from({ length: G.shape[0] }, (_, i) => data.slice(i * G.shape[1], (i + 1) * G.shape[1]));
};
const error = (got: ArrayLike<number>, want: number[]): number =>
  Math.hypot(...want.map((v, i) => v - got[i])) / Math.hypot(...want);

describe("fisherInverse", () => {
  test.each([
    [6, 20, 0.1, undefined],
    [16, 40, 1e-3, undefined],
    [30, 12, 1e-2, undefined],
    [8, 23, 1e-3, 5],
    [8, 24, 1e-3, 100],
    [1, 7, 1e-4, 1],
  ])("m = %d, d = %d, damping %d, blocks of %s: is the dense inverse", async (m, d, damping, blockSize) => {
    const G = draw(m + d, [m, d]);
    const rows = await rowsOf(G);
    const F = fisher(rows, damping, blockSize);
    const inverse = await fisherInverse(G, { damping, blockSize });
    const x = draw(9, [d]);
    const values = Array.from(await x.data(), Number);
    expect(error(Array.from(await inverse.operator.apply(x).data(), Number), solve(F, values))).toBeLessThan(1e-10);
    expect(await adjointError(inverse.operator, key(1))).toBeLessThan(1e-12);
    const columns = F.map((_, j) =>
      solve(
        F,
        F.map((__, i) => (i === j ? 1 : 0)),
      ),
    );
    expect(
      error(
        Array.from(await inverse.diagonal().data(), Number),
        columns.map((c, j) => c[j]),
      ),
    ).toBeLessThan(1e-10);
    for (const [i, j] of [
      [0, 0],
      [0, d - 1],
      [d - 1, 1],
      [3, 4],
    ]) {
      expect(Math.abs((await inverse.element(i, j)) - columns[j][i])).toBeLessThan(1e-9 / damping);
    }
    const k = m - 1;
    expect(error(Array.from(await inverse.ofGradient(k).data(), Number), solve(F, rows[k]))).toBeLessThan(1e-10);
    inverse.dispose();
  });

  test("an element reads 2 m numbers, whatever d", async () => {
    const m = 8;
    const backend = backendOf("cpu") as unknown as { read: (s: unknown, t: unknown, count: number) => unknown };
    const original = backend.read;
    for (const d of [50, 5000]) {
      const inverse = await fisherInverse(draw(1, [m, d], "f32"), { damping: 0.1 });
      const counts: number[] = [];
      backend.read = (s, t, count): unknown => {
        counts.push(count);
        return original.call(backend, s, t, count);
      };
      try {
        await inverse.element(3, 40);
      } finally {
        backend.read = original;
      }
      expect(counts).toEqual([m, m]);
    }
  });

  test("in f32 at damping 1e-5 the product with a gradient of the window keeps five digits", async () => {
    const [m, d, damping] = [64, 200, 1e-5];
    const G = draw(5, [m, d], "f32");
    const rows = await rowsOf(G);
    const inverse = await fisherInverse(G, { damping });
    const want = solve(fisher(rows, damping), rows[17]);
    expect(error(Array.from(await inverse.ofGradient(17).data(), Number), want)).toBeLessThan(1e-5);
    // The general product loses them to cancellation, which is why there are two.
    const general = await inverse.operator.apply(tensor(Float32Array.from(rows[17])) as Tensor).data();
    expect(error(Array.from(general, Number), want)).toBeGreaterThan(1e-4);
    const window = fisherWindow({ size: m, dimension: d, damping });
    let state = window.init();
    for (const row of rows) state = await window.push(state, tensor(Float32Array.from(row)) as Tensor);
    const newest = Array.from(await window.newest(state).data(), Number);
    expect(error(newest, solve(fisher(rows, damping), rows[m - 1]))).toBeLessThan(1e-5);
  });

  test("wrong arguments throw", async () => {
    const G = draw(1, [3, 4]);
    await expect(fisherInverse(G, { damping: 0 })).rejects.toThrow("fisherInverse: damping is out of range");
    await expect(fisherInverse(draw(1, [4]))).rejects.toThrow(ShapeError);
    await expect(fisherInverse(zeros([0, 4]) as Tensor)).rejects.toThrow(ShapeError);
    await expect(fisherInverse(G, { blockSize: 0 })).rejects.toThrow("blockSize is out of range");
    await expect(fisherInverse(G.mul(Number.NaN))).rejects.toThrow("gradients cannot be used");
    const inverse = await fisherInverse(G);
    await expect(inverse.element(0, 4)).rejects.toThrow("j is out of range");
    expect(() => inverse.ofGradient(3)).toThrow("k is out of range");
  });
});

test("a window that went round equals the inverse of its rows", async () => {
  const window = fisherWindow({ size: 5, dimension: 9, damping: 0.01, dtype: "f64" });
  expect(() => window.newest(window.init())).toThrow("the window is empty");
  let state = window.init();
  for (let t = 0; t < 13; t++) state = await window.push(state, draw(100 + t, [9]));
  const x = draw(7, [9]);
  const F = fisher(await rowsOf(state.rows), 0.01);
  const want = solve(F, Array.from(await x.data(), Number));
  expect(error(Array.from(await (await window.product(state, x)).data(), Number), want)).toBeLessThan(1e-12);
  expect(await window.restore(state.rows, state.count)).toEqual(state);
  await expect(window.push(state, x.mul(Infinity))).rejects.toThrow("the gradient is not finite");
  await expect(window.push(state, draw(1, [8]))).rejects.toThrow(ShapeError);
});

describe("mfac", () => {
  type P = { a: Tensor; b: Tensor[] };
  const start = (): P => ({ a: draw(1, [3]), b: [draw(2, [2, 2])] });
  const slope = (t: number): P => ({ a: draw(10 + t, [3]), b: [draw(30 + t, [2, 2])] });

  test("is pure, and goes on from a file with the same bits", async () => {
    for (const options of [{}, { momentum: 0.9, weightDecay: 0.1, decoupled: true, keepZeros: true }]) {
      const method = mfac({ learningRate: 0.1, window: 3, damping: 0.1, ...options });
      let params = start();
      let state = method.init(params);
      for (let t = 0; t < 5; t++) ({ params, state } = await method.step(params, slope(t), state));
      const read = loadState(method, params, await saveState(method, state));
      const [one, again, other] = [
        await method.step(params, slope(9), state),
        await method.step(params, slope(9), state),
        await method.step(params, slope(9), read),
      ];
      for (const next of [again, other]) {
        expect(await next.params.a.data()).toEqual(await one.params.a.data());
        expect(await next.params.b[0].data()).toEqual(await one.params.b[0].data());
      }
    }
  });

  test("keepZeros keeps zeros, decoupled decay shrinks", async () => {
    const p = { x: tensor([1, 0, -2], { dtype: "f64" }) as Tensor };
    const g = { x: tensor([0.5, 3, 1], { dtype: "f64" }) as Tensor };
    const sparse = mfac({ learningRate: 0.1, window: 2, damping: 0.1, keepZeros: true, momentum: 0.5 });
    let { params, state } = await sparse.step(p, g, sparse.init(p));
    ({ params, state } = await sparse.step(params, g, state));
    expect(state.step).toBe(2);
    const [a, zero, c] = await params.x.data();
    expect(zero).toBe(0);
    expect(a).toBeLessThan(1);
    expect(c).toBeLessThan(-2);
    const decayed = mfac({ learningRate: 0.1, window: 2, weightDecay: 0.5, decoupled: true });
    const still = await decayed.step(p, { x: g.x.mul(0) }, decayed.init(p));
    expect(await still.params.x.data()).toEqual(Float64Array.of(0.95, 0, -1.9));
  });

  test("a gradient that is not finite throws, or is skipped before it enters the window", async () => {
    const p = start();
    const bad = { ...slope(1), a: draw(1, [3]).mul(Number.NaN) };
    const strict = mfac({ window: 2 });
    await expect(strict.step(p, bad, strict.init(p))).rejects.toThrow("the gradient is not finite");
    const lenient = mfac({ window: 2, nonFinite: "skip" });
    const state = lenient.init(p);
    expect(await lenient.step(p, bad, state)).toEqual({ params: p, state, skipped: true });
  });

  test("wrong arguments throw", async () => {
    expect(() => mfac({ damping: 0 })).toThrow("mfac: damping is out of range");
    expect(() => mfac({ window: 0 })).toThrow("mfac: window is out of range");
    expect(() => mfac({ nonFinite: "ignore" as never })).toThrow(ArgumentError);
    const method = mfac({ window: 2 });
    expect(() => method.init({})).toThrow("there are no parameters");
    expect(() => method.init({ a: draw(1, [2]), b: draw(1, [2], "f32") })).toThrow("different data types");
    const p = start();
    await expect(mfac({ window: 2, momentum: 0.5 }).step(p, slope(1), method.init(p))).rejects.toThrow(
      "another method",
    );
  });
});

describe("pruneWeights", () => {
  test("joint removal is the minimiser of the quadratic model, block by block", async () => {
    for (const blockSize of [undefined, 4]) {
      const [m, d] = [6, 10];
      const G = draw(3, [m, d]);
      const w = draw(4, [d]);
      const F = fisher(await rowsOf(G), 0.01, blockSize);
      const options = { weights: w, gradients: G, sparsity: 0.4, damping: 0.01, blockSize };
      const { weights, removed, predicted } = await pruneWeights(options);
      const [before, after] = [Array.from(await w.data(), Number), Array.from(await weights.data(), Number)];
      const delta = after.map((v, i) => v - before[i]);
      const slopes = F.map((row) => row.reduce((s, v, j) => s + v * delta[j], 0));
      expect(removed.length).toBe(4);
      for (let i = 0; i < d; i++) {
        if (removed.includes(i)) expect(after[i]).toBe(0);
        else expect(Math.abs(slopes[i])).toBeLessThan(1e-12);
      }
      expect(predicted).toBeCloseTo(delta.reduce((s, v, i) => s + v * slopes[i], 0) / 2, 12);
    }
  });

  test("weights that are zero already count, and stay", async () => {
    const weights = tensor([0, 3, 0, 1, 2], { dtype: "f64" }) as Tensor;
    const magnitude = await pruneWeights({ weights, sparsity: 0.6, strategy: "magnitude" });
    expect([Array.from(await magnitude.weights.data()), magnitude.removed]).toEqual([
      [0, 3, 0, 0, 2],
      [0, 2, 3],
    ]);
    const none = await pruneWeights({ weights, sparsity: 0.2, strategy: "magnitude" });
    expect(Array.from(await none.weights.data())).toEqual([0, 3, 0, 1, 2]);
  });

  test("wrong arguments throw", async () => {
    const weights = draw(1, [4]);
    await expect(pruneWeights({ weights, sparsity: 0.5 })).rejects.toThrow('the strategy "joint" needs gradients');
    await expect(pruneWeights({ weights, sparsity: 1 })).rejects.toThrow("sparsity is out of range");
    await expect(pruneWeights({ weights, sparsity: 0.5, gradients: draw(1, [2, 3]) })).rejects.toThrow(ShapeError);
    await expect(pruneWeights({ weights, sparsity: 0.5, strategy: "best" as never })).rejects.toThrow(
      "strategy is unknown",
    );
  });
});

test("ravel and unravel are inverse", async () => {
  const tree = { a: draw(1, [2, 3]), b: [draw(2, [])] };
  const back = unravel(ravel(tree), tree);
  expect(await back.a.data()).toEqual(await tree.a.data());
  expect(await back.b[0].data()).toEqual(await tree.b[0].data());
  expect(ravel(tree).shape).toEqual([7]);
});
