/** Inverses of damped Fisher matrices, the optimizer made of them, and pruning. */
import { fisherInverse, fisherWindow, mfac, pruneWeights } from "@ansatz/optim";
import { tensor, type Tensor } from "@ansatz/tensor";
import { expect } from "vitest";
import { irwinHall, lcg } from "../support/softplus.ts";
import { expectCloseNorm, type GoldenCase, type GoldenReader } from "@ansatz/golden";

const matrix = (values: readonly number[], rows: number): Tensor =>
  tensor(Float64Array.from(values), { shape: [rows, values.length / rows] }) as Tensor;
const vector = (values: ArrayLike<number>): Tensor => tensor(Float64Array.from(values)) as Tensor;
const norm = (x: ArrayLike<number>): number => Math.hypot(...Array.from(x));

/** Successive draws. */
function source(seed: number): {
  uniform: (count: number, scale?: number) => number[];
  normal: (count: number) => number[];
} {
  const next = lcg(seed);
  return {
    uniform: (count, scale = 1) => Array.from({ length: count }, () => scale * (2 * next() - 1)),
    normal: (count) => Array.from({ length: count }, () => irwinHall(next)),
  };
}

interface StaticCase {
  readonly seed: number;
  readonly m: number;
  readonly d: number;
  readonly damp: number;
  readonly scale: number;
  readonly ihvp?: readonly number[];
  readonly ihvp_first8: readonly number[];
  readonly ihvp_norm2: number;
  readonly ihvp_dot_x: number;
  readonly diag?: readonly number[];
  readonly diag_first8: readonly number[];
  readonly diag_sum: number;
  readonly element_queries: readonly (readonly [number, number, number])[];
  readonly obs: {
    readonly drop_count: number;
    readonly saliency_sorted: readonly number[];
    readonly drop_indices: readonly number[];
    readonly updated_independent_first12: readonly number[];
    readonly updated_independent_norm2: number;
    readonly updated_joint_first12: readonly number[];
    readonly updated_joint_norm2: number;
  };
}

async function checkStatic(golden: StaticCase, rel: number): Promise<void> {
  const { seed, m, d, damp, scale, obs } = golden;
  const draw = source(seed);
  const G = matrix(draw.uniform(m * d, scale), m);
  const x = draw.uniform(d);
  const w = draw.uniform(d);
  const inverse = await fisherInverse(G, { damping: damp });
  const product = await inverse.operator.apply(vector(x)).data();
  if (golden.ihvp !== undefined) expectCloseNorm("product", product, golden.ihvp, { rel });
  expectCloseNorm("product, first", product.slice(0, 8), golden.ihvp_first8.slice(0, 8), { rel });
  expectCloseNorm("product, norm", [norm(product)], [golden.ihvp_norm2], { rel });
  expectCloseNorm("product, x", [x.reduce((s, v, i) => s + v * product[i], 0)], [golden.ihvp_dot_x], { rel });
  const diagonal = await inverse.diagonal().data();
  if (golden.diag !== undefined) expectCloseNorm("diagonal", diagonal, golden.diag, { rel });
  expectCloseNorm("diagonal, first", diagonal.slice(0, 8), golden.diag_first8.slice(0, 8), { rel });
  expectCloseNorm("diagonal, sum", [Array.from(diagonal, Number).reduce((s, v) => s + v, 0)], [golden.diag_sum], {
    rel,
  });
  for (const [i, j, value] of golden.element_queries) {
    // An element is as exact as the diagonal elements it lies between.
    const size = Math.sqrt(diagonal[i] * diagonal[j]);
    expect(Math.abs((await inverse.element(i, j)) - value)).toBeLessThanOrEqual(rel * size);
  }
  const saliency = w.map((v, i) => v ** 2 / (2 * diagonal[i])).sort((a, b) => a - b);
  expectCloseNorm("saliencies", saliency.slice(0, obs.saliency_sorted.length), obs.saliency_sorted, { rel });
  for (const strategy of ["independent", "joint"] as const) {
    const { weights, removed } = await pruneWeights({
      weights: vector(w),
      gradients: G,
      sparsity: obs.drop_count / d,
      strategy,
      damping: damp,
    });
    expect(removed).toEqual(obs.drop_indices);
    const values = await weights.data();
    expectCloseNorm(
      `${strategy}, first`,
      values.slice(0, 12),
      obs[`updated_${strategy}_first12`].slice(0, Math.min(12, d)),
      { rel },
    );
    expectCloseNorm(`${strategy}, norm`, [norm(values)], [obs[`updated_${strategy}_norm2`]], { rel });
  }
  inverse.dispose();
}

interface DynamicCase {
  readonly seed: number;
  readonly m: number;
  readonly d: number;
  readonly damp: number;
  readonly scale: number;
  readonly updates: number;
  readonly report: readonly {
    readonly after_updates: number;
    readonly ihvp_of_newest_gradient_first6: readonly number[];
    readonly ihvp_of_newest_gradient_norm2: number;
    readonly ihvp_of_x_first6: readonly number[];
    readonly ihvp_of_x_norm2: number;
  }[];
}

async function checkDynamic(golden: DynamicCase, rel: number): Promise<void> {
  const { seed, m, d, damp, scale, updates, report } = golden;
  const draw = source(seed);
  const gradients = Array.from({ length: updates }, () => draw.uniform(d, scale));
  const x = vector(draw.uniform(d));
  const window = fisherWindow({ size: m, dimension: d, damping: damp, dtype: "f64" });
  let state = window.init();
  for (const [t, g] of gradients.entries()) {
    state = await window.push(state, vector(g));
    const expected = report.find(({ after_updates: n }) => n === t + 1);
    if (expected === undefined) continue;
    const newest = await window.newest(state).data();
    const first = expected.ihvp_of_newest_gradient_first6;
    expectCloseNorm("newest, first", newest.slice(0, first.length), first, { rel });
    expectCloseNorm("newest, norm", [norm(newest)], [expected.ihvp_of_newest_gradient_norm2], { rel });
    const product = await (await window.product(state, x)).data();
    expectCloseNorm("x, first", product.slice(0, expected.ihvp_of_x_first6.length), expected.ihvp_of_x_first6, { rel });
    expectCloseNorm("x, norm", [norm(product)], [expected.ihvp_of_x_norm2], { rel });
  }
}

interface OptimizerCase {
  readonly seed: number;
  readonly d: number;
  readonly m: number;
  readonly damp: number;
  readonly lr: number;
  readonly momentum: number;
  readonly weight_decay: number;
  readonly steps: number;
  readonly x_after: Readonly<Record<string, readonly number[]>>;
}

async function checkOptimizer(golden: OptimizerCase, rel: number): Promise<void> {
  const { seed, d, m, damp, lr, momentum, weight_decay: weightDecay, steps, x_after } = golden;
  const draw = source(seed);
  const method = mfac({ learningRate: lr, window: m, damping: damp, momentum, weightDecay });
  let params = { x: vector(draw.uniform(d)) };
  let state = method.init(params);
  for (let t = 1; t <= steps; t++) {
    ({ params, state } = await method.step(params, { x: vector(draw.uniform(d)) }, state));
    const expected = x_after[String(t)];
    if (expected !== undefined) expectCloseNorm(`step ${t}`, await params.x.data(), expected, { rel });
  }
}

interface PruningCase {
  readonly seed: number;
  readonly n: number;
  readonly d: number;
  readonly rows_m: number;
  readonly damp: number;
  readonly base_loss: number;
  readonly results: readonly {
    readonly sparsity: number;
    readonly dropped: number;
    readonly loss_increase: Readonly<Record<string, number>>;
  }[];
}

const STRATEGIES = {
  magnitude: { strategy: "magnitude" },
  obs_independent: { strategy: "independent" },
  obs_joint: { strategy: "joint" },
  obs_recomputed16: { strategy: "independent", rounds: 16 },
} as const;

/** Solves the normal equations by elimination. */
function leastSquares(X: number[][], y: number[]): number[] {
  const d = X[0].length;
  const A = Array.from({ length: d }, (_, i) => [
    ...Array.from({ length: d }, (__, j) => X.reduce((s, row) => s + row[i] * row[j], 0)),
    X.reduce((s, row, k) => s + row[i] * y[k], 0),
  ]);
  for (let i = 0; i < d; i++) {
    for (let k = i + 1; k < d; k++) {
      const f = A[k][i] / A[i][i];
      for (let j = i; j <= d; j++) A[k][j] -= f * A[i][j];
    }
  }
  const w = new Array<number>(d).fill(0);
  for (let i = d - 1; i >= 0; i--) w[i] = (A[i][d] - w.reduce((s, v, j) => (j > i ? s + A[i][j] * v : s), 0)) / A[i][i];
  return w;
}

async function checkPruning(golden: PruningCase, rel: number): Promise<void> {
  const { seed, n, d, rows_m: m, damp, base_loss, results } = golden;
  const draw = source(seed);
  const Z = Array.from({ length: n }, () => draw.normal(d));
  const w0 = draw.normal(d);
  const noise = draw.normal(n);
  const X = Z.map((z) => {
    const row = [z[0]];
    for (let j = 1; j < d; j++) row.push(0.9 * row[j - 1] + Math.sqrt(0.19) * z[j]);
    return row;
  });
  const predict = (w: ArrayLike<number>): number[] => X.map((row) => row.reduce((s, v, j) => s + v * w[j], 0));
  const y = predict(w0).map((v, k) => v + 0.5 * noise[k]);
  const w = leastSquares(X, y);
  const loss = (v: ArrayLike<number>): number => predict(v).reduce((s, p, k) => s + (p - y[k]) ** 2, 0) / (2 * n);
  expectCloseNorm("loss", [loss(w)], [base_loss], { rel });
  const gradients = async (at: Tensor): Promise<Tensor> => {
    const errors = predict(await at.data()).map((p, k) => p - y[k]);
    const size = n / m;
    const rows = Array.from({ length: m }, (_, k) =>
      Array.from({ length: d }, (__, j) => {
        let sum = 0;
        for (let i = k * size; i < (k + 1) * size; i++) sum += errors[i] * X[i][j];
        return sum / size;
      }),
    );
    return matrix(rows.flat(), m);
  };
  for (const { sparsity, dropped, loss_increase } of results) {
    const found: Record<string, number> = {};
    for (const [name, expected] of Object.entries(loss_increase)) {
      const how = STRATEGIES[name as keyof typeof STRATEGIES];
      if (how === undefined) throw new Error(`unknown strategy ${name}`);
      const { weights, removed } = await pruneWeights({
        weights: vector(w),
        gradients,
        sparsity,
        damping: damp,
        ...how,
      });
      expect(removed.length).toBe(dropped);
      found[name] = loss(await weights.data()) - base_loss;
      expectCloseNorm(`${name} at ${sparsity}`, [found[name]], [expected], { rel });
    }
    expect(found["obs_joint"]).toBeLessThanOrEqual(0.5 * found["magnitude"]);
  }
}

/** A file with a list of cases about one method. */
const reader =
  <C>(kind: string, check: (c: C, rel: number) => Promise<void>): GoldenReader =>
  ({ cases, tolerance }: { cases: C[]; tolerance: { rel: number } }) =>
    cases.map((golden, i): GoldenCase => {
      const { seed, d, m } = golden as { seed?: number; d?: number; m?: number };
      return { kind, name: `case ${i}, seed ${seed}, d = ${d}, m = ${m}`, run: () => check(golden, tolerance.rel) };
    });

/** The files about M-FAC. */
export const mfacStatic: GoldenReader = reader<StaticCase>("M-FAC static", checkStatic);
export const mfacDynamic: GoldenReader = reader<DynamicCase>("M-FAC dynamic", checkDynamic);
export const mfacOptimizer: GoldenReader = reader<OptimizerCase>("M-FAC optimizer", checkOptimizer);
export const mfacPruning: GoldenReader = reader<PruningCase>("M-FAC pruning", checkPruning);
