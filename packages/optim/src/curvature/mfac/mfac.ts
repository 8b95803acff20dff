/** M-FAC as an optimizer. */
import {
  add,
  ArgumentError,
  checkOptions,
  equal,
  mul,
  onesLike,
  scope,
  sub,
  treeMap,
  where,
  zerosLike,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import type { Buffers, OptimizerState, StepOptions } from "../../base.ts";
import {
  checkCount,
  checkDecay,
  checkFlag,
  checkNonNegative,
  checkPositive,
  settings,
  type Check,
  type Fields,
} from "../../check.ts";
import { MFAC_PAPER } from "../../citation.ts";
import { ravel, unravel } from "../../ravel.ts";
import { checkParams, matching } from "../../trees.ts";
import type { AsyncOptimizer } from "../async.ts";
import { fisherWindow, type FisherWindow, type FisherWindowState } from "./window.ts";

/** Options of {@link mfac}. */
export interface MfacOptions {
  /** Step length, >= 0; 1e-3 when left out. */
  readonly learningRate?: number;
  /** Number of gradients in the window; 1024 when left out. Memory is that many copies of the parameters. */
  readonly window?: number;
  /** lambda in `F = lambda I + G^T G / m`, > 0; 1e-5 when left out. */
  readonly damping?: number;
  /** Share of the averaged direction that is kept, in [0, 1); 0 when left out. */
  readonly momentum?: number;
  /** Strength of weight decay, >= 0; 0 when left out. */
  readonly weightDecay?: number;
  /** Weight decay shrinks the parameter by `lr * weightDecay` of itself instead of entering the stored gradient. */
  readonly decoupled?: boolean;
  /** Parameters that are zero at the start stay zero: for pruned networks. */
  readonly keepZeros?: boolean;
  /** What to do with a gradient that is not finite, which would stay in the window: `"throw"` when left out. */
  readonly nonFinite?: "throw" | "skip";
}

const checkPolicy: Check = (name, field, value) => {
  if (value !== "throw" && value !== "skip") {
    throw new ArgumentError(`${name}: ${field} is unknown (got ${String(value)}, expected "throw" or "skip").`);
  }
};

const FIELDS: Fields<Required<MfacOptions>> = {
  learningRate: [1e-3, checkNonNegative],
  window: [1024, checkCount],
  damping: [1e-5, checkPositive],
  momentum: [0, checkDecay],
  weightDecay: [0, checkNonNegative],
  decoupled: [false, checkFlag],
  keepZeros: [false, checkFlag],
  nonFinite: ["throw", checkPolicy],
};

/** Windows' inner products, which follow from the rows; those of a state read from a file are computed again. */
const known = new WeakMap<Tensor, FisherWindowState>();

/**
 * M-FAC (Frantar, Kurtic and Alistarh 2021, section 4): natural gradient steps with the damped empirical Fisher matrix of
 * the last `window` gradients.
 *
 * With `g` the gradient plus `weightDecay * p`, which enters the window: `u = F^-1 g`, with momentum
 * `v = momentum v + (1 - momentum) u` in its place, `p -= lr u`. The product is the one of
 * {@link import("./window.ts").fisherWindow} that is accurate in f32.
 *
 * O(d m + m^3) per step. Steps are asynchronous: the small system is solved on the host. All parameters must have one data
 * type. Buffers: `window`, and `momentum`, `mask` as needed.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = mfac({ learningRate: 0.01, window: 64, damping: 1e-4 });
 * let state = method.init(params);
 * ({ params, state } = await method.step(params, grads, state));
 */
export function mfac(options: MfacOptions = {}): AsyncOptimizer {
  const name = "mfac";
  const all = settings(name, options, FIELDS);
  const { learningRate, window: size, damping, momentum, weightDecay, decoupled, keepZeros, nonFinite } = all;
  const windowFor = (params: Tree): FisherWindow => {
    const { leaves } = checkParams(name, params);
    const [{ dtype, device }] = leaves;
    if (leaves.some((t) => t.dtype !== dtype)) {
      throw new ArgumentError(`${name}: parameters have different data types (got f32 and f64, expected one).`);
    }
    const dimension = leaves.reduce((n, t) => n + t.size, 0);
    return fisherWindow({ size, dimension, damping, dtype: dtype as "f32", device });
  };
  return {
    name,
    learningRate,
    citations: [MFAC_PAPER],
    init(params) {
      const { rows } = windowFor(params).init();
      return {
        step: 0,
        buffers: {
          window: rows,
          ...(momentum > 0 ? { momentum: treeMap(zerosLike, params) } : {}),
          ...(keepZeros
            ? { mask: scope(() => treeMap((p) => where(equal(p, 0), zerosLike(p), onesLike(p)), params)) }
            : {}),
        } as Buffers,
      };
    },
    async step(params, grads, state, given: StepOptions = {}) {
      checkOptions(name, given, ["learningRate"]);
      const { learningRate: lr = learningRate } = given;
      checkNonNegative(name, "learningRate", lr);
      const window = windowFor(params);
      matching(name, "grads", params, grads);
      const { window: rows, momentum: kept, mask } = state.buffers as { window: Tensor; momentum?: Tree; mask?: Tree };
      if (rows === undefined || momentum > 0 !== (kept !== undefined) || keepZeros !== (mask !== undefined)) {
        throw new ArgumentError(`${name}: the state belongs to another method. Make it with init(params).`);
      }
      const before = known.get(rows) ?? (await window.restore(rows, state.step));
      const flat = scope(() => {
        const g = treeMap(
          (gradient, p, on) => {
            const whole = weightDecay > 0 && !decoupled ? add(gradient, mul(p, weightDecay)) : gradient;
            return mask === undefined ? whole : mul(whole, on);
          },
          grads as Tree,
          params as Tree,
          (mask ?? params) as Tree,
        );
        return mul(ravel(g), 1);
      });
      let pushed: FisherWindowState;
      try {
        pushed = await window.push(before, flat);
      } catch (error) {
        if (nonFinite === "skip") return { params, state, skipped: true };
        throw error;
      } finally {
        flat.dispose();
      }
      known.set(pushed.rows, pushed);
      const next = scope(() => {
        const u = unravel(window.newest(pushed), params as Tree);
        const v = kept === undefined ? u : treeMap((a, b) => add(mul(a, momentum), mul(b, 1 - momentum)), kept, u);
        const moved = treeMap(
          (p, step) => sub(decoupled && weightDecay > 0 ? mul(p, 1 - lr * weightDecay) : p, mul(step, lr)),
          params as Tree,
          v,
        );
        return { moved, v };
      });
      const buffers: Record<string, Tree> = { window: pushed.rows };
      if (kept !== undefined) buffers["momentum"] = next.v;
      if (mask !== undefined) buffers["mask"] = treeMap((t) => mul(t, 1), mask);
      const stepped: OptimizerState = { step: state.step + 1, buffers };
      return { params: next.moved as typeof params, state: stepped, skipped: false };
    },
  };
}
