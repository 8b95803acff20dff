/** A sliding window of gradients and the inverse of its damped Fisher matrix. */
import {
  ArgumentError,
  broadcastTo,
  checkOptions,
  div,
  equal,
  iota,
  matmul,
  reshape,
  scope,
  ShapeError,
  showShape,
  slice,
  stack,
  sub,
  tensor,
  together,
  where,
  zeros,
  type Tensor,
} from "@ansatz/tensor";
import { checkCount, checkPositive } from "../../check.ts";
import { choleskySolve } from "../../dense.ts";
import { combined, factorBlocks } from "./inverse.ts";

/** Options of {@link fisherWindow}. */
export interface FisherWindowOptions {
  /** Number of gradients m that are kept. */
  readonly size: number;
  /** Number of coordinates d. */
  readonly dimension: number;
  /** lambda in `F = lambda I + G^T G / m`, > 0; 1e-5 when left out. */
  readonly damping?: number;
  /** f32 when left out. */
  readonly dtype?: "f32" | "f64";
  /** Where the window lives; the default device when left out. */
  readonly device?: string;
}

/** A window between two pushes: plain data and a tensor. */
export interface FisherWindowState {
  /** Gradients pushed so far; number t went into row t mod m. */
  readonly count: number;
  /** The gradients, [m, d]; rows that are not used yet are zero. */
  readonly rows: Tensor;
  /** Inner products of the rows, m x m in C order. */
  readonly gram: Float64Array;
}

/** A sliding window; see {@link fisherWindow}. All functions are pure. */
export interface FisherWindow {
  init(): FisherWindowState;
  /** The window with one more gradient in place of the oldest; O(d m). */
  push(state: FisherWindowState, gradient: Tensor): Promise<FisherWindowState>;
  /** `F^-1 g` for the gradient pushed last, accurate in f32 also for small damping; O(d m), and O(m^3) once for every state. */
  newest(state: FisherWindowState): Tensor;
  /** `F^-1 x`; O(d m), and O(m^3) once for every state. */
  product(state: FisherWindowState, x: Tensor): Promise<Tensor>;
  /** A state from its rows, with the bits that pushing them one by one would give. */
  restore(rows: Tensor, count: number): Promise<FisherWindowState>;
}

/**
 * The dynamic M-FAC inverse (Frantar, Kurtic and Alistarh 2021) of `F = lambda I + (1 / m) sum g g^T` over the last m
 * gradients; m is the size of the window also while it fills up.
 *
 * Instead of the paper's unpivoted factors, `K = m lambda I + G G^T` is kept on the host in double precision and factored by
 * Cholesky: `F^-1 x = (x - G^T K^-1 G x) / lambda`, and for the newest gradient `F^-1 g_k = m G^T K^-1 e_k`, which subtracts
 * nothing. Equal in exact arithmetic.
 * @throws ArgumentError for a value outside its range, naming it
 */
export function fisherWindow(options: FisherWindowOptions): FisherWindow {
  const name = "fisherWindow";
  checkOptions(name, options, ["size", "dimension", "damping", "dtype", "device"]);
  const { size: m, dimension: d, damping = 1e-5, dtype = "f32", device } = options;
  checkCount(name, "size", m);
  checkCount(name, "dimension", d);
  checkPositive(name, "damping", damping);
  const toTensor = (values: Float64Array, like: Tensor): Tensor =>
    tensor(like.dtype === "f64" ? values : Float32Array.from(values), { device: like.device }) as Tensor;
  // Several products with one window factor it once.
  const factors = new WeakMap<Float64Array, Float64Array[]>();
  const factor = (gram: Float64Array): Float64Array[] => {
    const known = factors.get(gram);
    if (known !== undefined) return known;
    const [made] = factorBlocks(name, gram, 1, m, m * damping);
    factors.set(gram, made);
    return made;
  };
  const checkVector = (x: Tensor): void => {
    if (x.ndim !== 1 || x.size !== d) {
      throw new ShapeError(`${name}: the vector does not fit (got shape ${showShape(x.shape)}, expected [${d}]).`);
    }
  };
  return {
    init: () => ({ count: 0, rows: zeros([m, d], { dtype, device }) as Tensor, gram: new Float64Array(m * m) }),
    async push(state, gradient) {
      checkVector(gradient);
      const slot = state.count % m;
      const { rows, products } = scope(() => {
        const next = replaced(state.rows, gradient, slot);
        return together({ rows: next, products: matmul(next, gradient) });
      });
      const values = Float64Array.from(await products.data(), Number);
      products.dispose();
      if (!values.every(Number.isFinite)) {
        rows.dispose();
        throw new ArgumentError(
          `${name}: the gradient is not finite, or too large to be squared. It was not inserted.`,
        );
      }
      return { count: state.count + 1, rows, gram: withRow(state.gram, values, slot, m) };
    },
    newest({ count, rows, gram }) {
      if (count === 0)
        throw new ArgumentError(`${name}: the window is empty (got no gradient, expected at least one).`);
      const unit = new Float64Array(m);
      unit[(count - 1) % m] = m;
      return scope(() => combined(rows, toTensor(choleskySolve(factor(gram), unit), rows)));
    },
    async product({ rows, gram }, x) {
      checkVector(x);
      const gx = scope(() => matmul(rows, x));
      const inside = choleskySolve(factor(gram), Float64Array.from(await gx.data(), Number));
      gx.dispose();
      return scope(() => div(sub(x, combined(rows, toTensor(inside, rows))), damping));
    },
    async restore(rows, count) {
      if (showShape(rows.shape) !== showShape([m, d])) {
        throw new ShapeError(`${name}: rows do not fit (got shape ${showShape(rows.shape)}, expected [${m},${d}]).`);
      }
      const all = scope(() => stack(Array.from({ length: m }, (_, k) => matmul(rows, reshape(slice(rows, [k]), [d])))));
      const gram = Float64Array.from(await all.data(), Number);
      all.dispose();
      return { count, rows, gram };
    },
  };
}

/** A matrix with one row replaced. */
export function replaced(rows: Tensor, row: Tensor, slot: number): Tensor {
  const [m, d] = rows.shape;
  const here = equal(reshape(iota(m, { device: rows.device }), [m, 1]), slot);
  return where(broadcastTo(here, [m, d]), broadcastTo(reshape(row, [1, d]), [m, d]), rows);
}

/** A symmetric matrix with one row and column replaced. */
function withRow(gram: Float64Array, values: Float64Array, slot: number, m: number): Float64Array {
  const next = gram.slice();
  for (let i = 0; i < m; i++) {
    next[slot * m + i] = values[i];
    next[i * m + slot] = values[i];
  }
  return next;
}
