/** Pruning by curvature. */
import {
  ArgumentError,
  checkOptions,
  mul,
  scope,
  ShapeError,
  showShape,
  tensor,
  type Citation,
  type Tensor,
} from "@ansatz/tensor";
import { checkCount, checkPositive } from "../../check.ts";
import { choleskySolve } from "../../dense.ts";
import { MFAC_PAPER, OBS_PAPER } from "../../citation.ts";
import { checkGradients, factorBlocks, fisherInverse } from "./inverse.ts";

/** How the removed weights are chosen and the others adjusted. */
export type PruneStrategy = "magnitude" | "independent" | "joint";

/** Options of {@link pruneWeights}. */
export interface PruneOptions {
  /** The weights, a vector of length d. They are at (or near) a minimum of the loss. */
  readonly weights: Tensor;
  /**
   * Gradients of the loss for m different batches, one per row, [m, d]; or a function that computes them for given
   * weights, which is called before every round. Not needed for `"magnitude"`.
   */
  readonly gradients?: Tensor | ((weights: Tensor) => Tensor | Promise<Tensor>);
  /** Share of all weights that is zero afterwards, in [0, 1). */
  readonly sparsity: number;
  /** `"joint"` when left out; see {@link pruneWeights}. */
  readonly strategy?: PruneStrategy;
  /** Number of rounds; 1 when left out. */
  readonly rounds?: number;
  /** lambda in `F = lambda I + G^T G / m`, > 0; 1e-5 when left out. */
  readonly damping?: number;
  /** Coordinates per block of a block-diagonal F; one block when left out. */
  readonly blockSize?: number;
}

/** What {@link pruneWeights} returns. */
export interface PruneResult {
  /** Weights after pruning; a new tensor. */
  readonly weights: Tensor;
  /** Positions of the weights that were removed, increasing. */
  readonly removed: readonly number[];
  /** Loss increase that the quadratic model predicts, summed over rounds; NaN for `"magnitude"`. */
  readonly predicted: number;
  readonly citations: readonly Citation[];
}

/**
 * Removes weights where a quadratic model of the loss rises least: the optimal brain surgeon with an M-FAC Fisher matrix in
 * place of the Hessian (Hassibi and Stork 1993; Frantar, Kurtic and Alistarh 2021).
 *
 * Weight j has the saliency `w_j^2 / (2 [F^-1]_jj)`; the least salient are removed.
 * - `"independent"`: `w += F^-1 t` with `t_j = -w_j / [F^-1]_jj` on the removed set, which is then set to zero. The update of
 *   the M-FAC authors' code: exact for one weight, an approximation for several.
 * - `"joint"`: the exact minimiser of the quadratic model with the removed weights at zero, computed on the remaining
 *   weights R as `w_R += G_R^T (m lambda I + G_R G_R^T)^-1 G_Q w_Q`.
 * - `"magnitude"`: the smallest weights, and no adjustment.
 *
 * With several rounds, after round j of r a share `((1 - sparsity) / (1 - now))^(j / r)` of what is left now remains, and F
 * is built anew on the remaining weights.
 * @throws ArgumentError for a value outside its range, ShapeError when gradients do not fit
 * @example
 * const { weights } = await pruneWeights({ weights: w, gradients: G, sparsity: 0.5 });
 */
export async function pruneWeights(options: PruneOptions): Promise<PruneResult> {
  const name = "pruneWeights";
  checkOptions(name, options, ["weights", "gradients", "sparsity", "strategy", "rounds", "damping", "blockSize"]);
  const { weights, gradients, sparsity, strategy = "joint", rounds = 1, damping = 1e-5 } = options;
  if (weights?.ndim !== 1) {
    throw new ShapeError(
      `${name}: weights must be a vector (got shape ${showShape(weights?.shape ?? [])}). Use ravel().`,
    );
  }
  const d = weights.size;
  const { blockSize = d } = options;
  if (!(sparsity >= 0 && sparsity < 1)) {
    throw new ArgumentError(
      `${name}: sparsity is out of range (got ${String(sparsity)}, expected a number in [0, 1)).`,
    );
  }
  if (strategy !== "magnitude" && strategy !== "independent" && strategy !== "joint") {
    throw new ArgumentError(
      `${name}: strategy is unknown (got ${String(strategy)}, expected "magnitude", "independent" or "joint").`,
    );
  }
  if (strategy !== "magnitude" && gradients === undefined) {
    throw new ArgumentError(`${name}: the strategy "${strategy}" needs gradients (got none).`);
  }
  checkCount(name, "rounds", rounds);
  checkPositive(name, "damping", damping);
  checkCount(name, "blockSize", blockSize);

  let w: Float64Array = Float64Array.from(await weights.data(), Number);
  let kept = Array.from({ length: d }, (_, i) => i).filter((i) => w[i] !== 0);
  const start = kept.length;
  const goal = Math.round(d * (1 - sparsity));
  let predicted = strategy === "magnitude" ? Number.NaN : 0;
  const toTensor = (values: Float64Array): Tensor =>
    tensor(weights.dtype === "f64" ? values : Float32Array.from(values), { device: weights.device }) as Tensor;
  for (let round = 1; round <= rounds; round++) {
    const left = start === 0 ? 0 : Math.min(kept.length, Math.round(start * (goal / start) ** (round / rounds)));
    const count = kept.length - left;
    if (count <= 0) continue;
    if (strategy === "magnitude") {
      const gone = least(
        kept.map((i) => Math.abs(w[i])),
        count,
      );
      kept = kept.filter((i, k) => (gone.has(k) ? ((w[i] = 0), false) : true));
      continue;
    }
    const now = toTensor(w);
    const rows = typeof gradients === "function" ? await gradients(now) : (gradients as Tensor);
    const [m, columns] = checkGradients(name, rows);
    if (columns !== d) throw new ShapeError(`${name}: gradients do not fit (got ${columns} columns, expected ${d}).`);
    const G = new Float64Array((await rows.data()) as Float32Array);
    if (typeof gradients === "function") rows.dispose();
    now.dispose();
    const step = await removeOnce({
      w,
      kept,
      G,
      m,
      d,
      count,
      damping,
      blockSize,
      joint: strategy === "joint",
      toTensor,
    });
    predicted += step.predicted;
    w = step.w;
    kept = step.kept;
  }
  const left = new Set(kept);
  return {
    weights: toTensor(w),
    removed: Array.from({ length: d }, (_, i) => i).filter((i) => !left.has(i)),
    predicted,
    citations: [OBS_PAPER, MFAC_PAPER],
  };
}

/** Positions of the `count` smallest values. */
function least(values: readonly number[], count: number): Set<number> {
  return new Set(
    values
      .map((value, k) => [value, k] as const)
      .sort(([a, i], [b, j]) => a - b || i - j)
      .slice(0, count)
      .map(([, k]) => k),
  );
}

interface Round {
  readonly w: Float64Array;
  readonly kept: readonly number[];
  readonly G: Float64Array;
  readonly m: number;
  readonly d: number;
  readonly count: number;
  readonly damping: number;
  readonly blockSize: number;
  readonly joint: boolean;
  readonly toTensor: (values: Float64Array) => Tensor;
}

/** One round: saliencies on the remaining weights, removal, adjustment. */
async function removeOnce(round: Round): Promise<{ w: Float64Array; kept: number[]; predicted: number }> {
  const { w, kept, G, m, d, count, damping, blockSize, joint, toTensor } = round;
  const n = kept.length;
  const columns = new Float64Array(m * n);
  for (let k = 0; k < m; k++) for (let c = 0; c < n; c++) columns[k * n + c] = G[k * d + kept[c]];
  const rows = scope(() => mul(toTensor(columns).reshape([m, n]), 1));
  const inverse = await fisherInverse(rows, { damping, blockSize: Math.min(blockSize, n) });
  const diagonalTensor = inverse.diagonal();
  const diagonal = Float64Array.from(await diagonalTensor.data(), Number);
  diagonalTensor.dispose();
  const saliency = kept.map((i, c) => w[i] ** 2 / (2 * diagonal[c]));
  const gone = least(saliency, count);
  const next = w.slice();
  let predicted = 0;
  if (joint) {
    predicted = jointUpdate(round, columns, gone, next);
  } else {
    const t = Float64Array.from(kept, (i, c) => (gone.has(c) ? -w[i] / diagonal[c] : 0));
    const moved = scope(() => inverse.operator.apply(toTensor(t)));
    const change = Float64Array.from(await moved.data(), Number);
    moved.dispose();
    kept.forEach((i, c) => (next[i] += change[c]));
    for (const c of gone) predicted += saliency[c];
  }
  inverse.dispose();
  rows.dispose();
  for (const c of gone) next[kept[c]] = 0;
  return { w: next, kept: kept.filter((_, c) => !gone.has(c)), predicted };
}

/** Moves the remaining weights to the minimiser of the quadratic model, block by block. @returns the model's increase */
function jointUpdate(
  { w, kept, m, damping, blockSize }: Round,
  columns: Float64Array,
  gone: Set<number>,
  next: Float64Array,
): number {
  const n = kept.length;
  let predicted = 0;
  for (let begin = 0; begin < n; begin += blockSize) {
    const block = Array.from({ length: Math.min(n - begin, blockSize) }, (_, c) => begin + c);
    const [lost, left] = [block.filter((c) => gone.has(c)), block.filter((c) => !gone.has(c))];
    const v = new Float64Array(m);
    const rows = Array.from({ length: m }, (_, i) => {
      for (const c of lost) v[i] += columns[i * n + c] * w[kept[c]];
      return Float64Array.from(left, (c) => columns[i * n + c]);
    });
    const gram = new Float64Array(m * m);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j <= i; j++) {
        const [a, b] = [rows[i], rows[j]];
        let sum = 0;
        for (let c = 0; c < a.length; c++) sum += a[c] * b[c];
        gram[i * m + j] = sum;
        gram[j * m + i] = sum;
      }
    }
    const [L] = factorBlocks("pruneWeights", gram, 1, m, m * damping);
    const y = choleskySolve(L, v);
    for (const c of lost) predicted += (damping / 2) * w[kept[c]] ** 2;
    left.forEach((c, at) => {
      let sum = 0;
      for (let i = 0; i < m; i++) sum += rows[i][at] * y[i];
      next[kept[c]] += sum;
    });
    // w_Q^T (F_QQ - F_QR F_RR^-1 F_RQ) w_Q / 2 = lambda |w_Q|^2 / 2 + lambda v^T (m lambda I + S_R)^-1 v / 2.
    for (let i = 0; i < m; i++) predicted += (damping / 2) * v[i] * y[i];
  }
  return predicted;
}
