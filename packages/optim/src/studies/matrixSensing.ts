/** Over-parameterised matrix sensing: how fast gradient descent finds a low-rank matrix with factors that are too wide. */
import {
  ArgumentError,
  checkOptions,
  compile,
  flatten,
  matmul,
  mul,
  reshape,
  ShapeError,
  showShape,
  square,
  sub,
  sum,
  tensor,
  transpose,
  type Citation,
  type Tensor,
} from "@ansatz/tensor";
import { checkCount, checkPositive } from "../check.ts";
import { MATRIX_SENSING_PAPER } from "../citation.ts";
import { thinSvd } from "./svd.ts";

/** Factors of a matrix. The symmetric problem has X in place of both. */
export type Factors =
  | { readonly kind: "symmetric"; readonly X: Tensor }
  | { readonly kind: "asymmetric"; readonly F: Tensor; readonly G: Tensor };

/** Options of {@link matrixSensing}. */
export interface MatrixSensingOptions {
  /** The matrix M that is sought, [n1, n2]; symmetric for symmetric factors. */
  readonly target: Tensor;
  /** Factors to start from: X [n, k], or F [n1, k] and G [n2, k]. */
  readonly start: Factors;
  /**
   * Measurement matrices, [m, n1, n2], scaled so that the mean of `A* A` is the identity (entries of variance 1 / m); M itself
   * is seen when left out.
   */
  readonly measurements?: Tensor;
  /** Step eta, > 0; stable up to about a quarter of 1 / (largest singular value). */
  readonly step: number;
  /** Number of steps. */
  readonly steps: number;
  /** Steps before which the error is wanted, increasing; all when left out. */
  readonly record?: readonly number[];
  /** Rebalance the factors once, see {@link rebalance}: before step number `at`, with scale `beta`. Asymmetric factors only. */
  readonly accelerate?: { readonly at: number; readonly beta: number };
}

/** What {@link matrixSensing} returns. */
export interface MatrixSensingResult {
  /** Numbers of the steps of which `error` has the values. */
  readonly steps: readonly number[];
  /** Squared Frobenius distance from the target before each of these steps. */
  readonly error: readonly number[];
  /** Factors at the end. */
  readonly factors: Factors;
  readonly citations: readonly Citation[];
}

/**
 * Gradient descent on the factors of a matrix that is seen through linear measurements (the setting of Xiong, Ding and Du
 * 2024), and its error curve.
 *
 * Symmetric: `E = X X^T - M`, `X -= eta A*A(E) X`. Asymmetric: `D = A*A(F G^T - M)`, `F -= eta D G`, `G -= eta D^T F`, both from
 * the old factors. What to see, for factors with k columns and a target of rank r:
 * - symmetric and k = r: linear convergence; symmetric and k > r: the error is `(k - r) / (4 eta^2 T^2)` after T steps,
 *   since a spare singular value s obeys `s+ = s (1 - eta s)^2`;
 * - asymmetric with imbalanced starts of size alpha and k > r: linear, at a rate proportional to `alpha^2`;
 * - after {@link rebalance}: linear at the rate `2 eta beta^2` in the squared error, whatever alpha.
 *
 * Cost per step O(m n1 n2 + n1 n2 k); the step is one compiled plan.
 * @throws ArgumentError, ShapeError for wrong use
 */
export async function matrixSensing(options: MatrixSensingOptions): Promise<MatrixSensingResult> {
  const name = "matrixSensing";
  checkOptions(name, options, ["target", "start", "measurements", "step", "steps", "record", "accelerate"]);
  const { target, start, measurements, step: eta, steps, accelerate } = options;
  const { record = Array.from({ length: steps }, (_, i) => i) } = options;
  checkPositive(name, "step", eta);
  checkCount(name, "steps", steps, 0);
  checkShapes(name, options);
  if (!record.every((t, i) => Number.isInteger(t) && t >= 0 && t <= steps && (i === 0 || t > record[i - 1]))) {
    throw new ArgumentError(`${name}: record must hold increasing numbers of steps up to ${steps}.`);
  }
  if (accelerate !== undefined && start.kind !== "asymmetric") {
    throw new ArgumentError(`${name}: only asymmetric factors can be rebalanced (got symmetric ones).`);
  }

  // A* A through one matrix with a measurement per row.
  const A = measurements === undefined ? null : reshape(measurements, [measurements.shape[0], -1]).eval();
  const seen = (E: Tensor): Tensor =>
    A === null ? E : reshape(matmul(transpose(A), matmul(A, flatten(E))), target.shape);
  const errorOf = (left: Tensor, right: Tensor): Tensor => sum(square(sub(matmul(left, transpose(right)), target)));
  type Pair = { readonly left: Tensor; readonly right: Tensor };
  const move =
    start.kind === "symmetric"
      ? compile(
          ({ left: X }: Pair): Pair => {
            const next = sub(X, mul(matmul(seen(sub(matmul(X, transpose(X)), target)), X), eta));
            return { left: next, right: mul(next, 1) };
          },
          { donate: [0] },
        )
      : compile(
          ({ left: F, right: G }: Pair): Pair => {
            const D = seen(sub(matmul(F, transpose(G)), target));
            return { left: sub(F, mul(matmul(D, G), eta)), right: sub(G, mul(matmul(transpose(D), F), eta)) };
          },
          { donate: [0] },
        );
  const measure = compile(({ left, right }: Pair): Tensor => errorOf(left, right));
  const [first, second] = start.kind === "symmetric" ? [start.X, start.X] : [start.F, start.G];
  let pair: Pair = { left: mul(first, 1), right: mul(second, 1) };
  const error: number[] = [];
  let at = 0;
  for (let t = 0; t <= steps; t++) {
    if (accelerate?.at === t) {
      const { F, G } = await rebalance(pair.left, pair.right, accelerate.beta);
      pair.left.dispose();
      pair.right.dispose();
      pair = { left: F, right: G };
    }
    if (record[at] === t) {
      const e = measure(pair);
      error.push(Number(await e.item()));
      e.dispose();
      at++;
    }
    if (t < steps) pair = move(pair);
  }
  const { left, right } = pair;
  if (start.kind === "symmetric") right.dispose();
  return {
    steps: record,
    error,
    factors: start.kind === "symmetric" ? { kind: "symmetric", X: left } : { kind: "asymmetric", F: left, G: right },
    citations: [MATRIX_SENSING_PAPER],
  };
}

/**
 * Other factors of the same product: with the thin singular value decomposition `F = U S V^T`, `F' = beta U` and
 * `G' = G V S / beta`, so that `F'^T F' = beta^2 I`. Gradient descent then converges at a rate that does not depend on the size
 * of the start; `beta` near the square root of the target's smallest singular value is a good choice.
 *
 * When: once the product is closer to the target than its smallest singular value. In practice, when the loss has fallen to a
 * thousandth of its start, or by less than a fifth in 50 steps.
 *
 * The decomposition is done on the host; singular values below 1e-12 of the largest count as that.
 * @throws ArgumentError unless beta is positive, ShapeError unless F is at least as tall as wide
 */
export async function rebalance(
  F: Tensor,
  G: Tensor,
  beta: number,
): Promise<{ readonly F: Tensor; readonly G: Tensor }> {
  const name = "rebalance";
  checkPositive(name, "beta", beta);
  const [rows, k] = F.shape;
  if (F.ndim !== 2 || G.ndim !== 2 || G.shape[1] !== k || rows < k) {
    throw new ShapeError(
      `${name}: factors do not fit (got ${showShape(F.shape)} and ${showShape(G.shape)}, expected [n1, k] with n1 >= k and [n2, k]).`,
    );
  }
  const { U, S, V } = thinSvd(Float64Array.from(await F.data(), Number), rows, k);
  const floor = 1e-12 * Math.max(...S);
  const g = Float64Array.from(await G.data(), Number);
  const n2 = G.shape[0];
  const right = new Float64Array(n2 * k);
  for (let i = 0; i < n2; i++) {
    for (let c = 0; c < k; c++) {
      let total = 0;
      for (let a = 0; a < k; a++) total += g[i * k + a] * V[a * k + c];
      right[i * k + c] = (total * Math.max(S[c], floor)) / beta;
    }
  }
  const like = (values: Float64Array, shape: number[]): Tensor =>
    tensor(F.dtype === "f64" ? values : Float32Array.from(values), { shape, device: F.device }) as Tensor;
  return {
    F: like(
      U.map((v) => v * beta),
      [rows, k],
    ),
    G: like(right, [n2, k]),
  };
}

function checkShapes(name: string, { target, start, measurements }: MatrixSensingOptions): void {
  if (target?.ndim !== 2) {
    throw new ShapeError(`${name}: target must be a matrix (got shape ${showShape(target?.shape ?? [])}).`);
  }
  const [n1, n2] = target.shape;
  if (start?.kind !== "symmetric" && start?.kind !== "asymmetric") {
    throw new ArgumentError(`${name}: start must be { kind: "symmetric", X } or { kind: "asymmetric", F, G }.`);
  }
  const [left, right] = start.kind === "symmetric" ? [start.X, start.X] : [start.F, start.G];
  if (
    left.ndim !== 2 ||
    right.ndim !== 2 ||
    left.shape[0] !== n1 ||
    right.shape[0] !== n2 ||
    left.shape[1] !== right.shape[1]
  ) {
    throw new ShapeError(
      `${name}: factors do not fit (got ${showShape(left.shape)} and ${showShape(right.shape)}, expected [${n1}, k] and [${n2}, k]).`,
    );
  }
  if (
    measurements !== undefined &&
    (measurements.ndim !== 3 || measurements.shape[1] !== n1 || measurements.shape[2] !== n2)
  ) {
    throw new ShapeError(
      `${name}: measurements do not fit (got ${showShape(measurements.shape)}, expected [m, ${n1}, ${n2}]).`,
    );
  }
}
