/** LML: DDIM whose noise direction is corrected by a damped rank-one Hessian. */
import {
  add,
  checkOptions,
  div,
  mul,
  ShapeError,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  where,
  equal,
} from "@ansatz/tensor";
import { checkNumber, checkPositive } from "../check.ts";
import { DDIM_PAPER, LML_PAPER } from "../citation.ts";
import type { TransformFunction, Value } from "../plan/plan.ts";
import type { PlannedSampler } from "./base.ts";
import { planned, walk } from "./planned.ts";
import { transferSum } from "./pndm.ts";

/** Options of {@link lml}. */
export interface LmlOptions {
  /** Share kappa of the previous prediction in the memory, -1 to 1; 0 when left out, which makes it `ddim()`. */
  readonly kappa?: number;
  /** Damping lambda > 0; 0.001 when left out. */
  readonly damping?: number;
}

/**
 * Levenberg-Marquardt-Langevin sampling, LML-DDIM (Wang et al. 2025; formulas from its code): with n the noise
 * prediction, p the one of the step before and the memory `m = kappa p + (1 - kappa) n`,
 *
 * `v = lambda (lambda I + m m^T)^{-1} n` rescaled to |n| per sample, and `x' = alpha' x0(n) + sigma' v`.
 *
 * One model call per step. At kappa = 0, the default of every published script, v is parallel to n, so that the
 * correction is the identity and this is DDIM: in f32 and at the published dampings the released code adds rounding
 * noise of 10 to 140 per cent there, and we add none. For kappa > 0 and small damping the component along m is removed,
 * which does not approximate the probability flow; on problems with exact scores it never beat DDIM.
 * @throws ArgumentError for kappa outside [-1, 1] or a damping that is not positive
 */
export function lml(options: LmlOptions = {}): PlannedSampler {
  checkOptions("lml", options, ["kappa", "damping"]);
  const kappa = options.kappa ?? 0;
  const damping = options.damping ?? 1e-3;
  checkNumber("lml", "kappa", kappa, -1, 1);
  checkPositive("lml", "damping", damping);
  const correction = lmlCorrection(kappa, damping);
  return planned({
    name: kappa === 0 ? "lml" : `lml(kappa=${kappa}, damping=${damping})`,
    order: kappa === 0 ? 1 : 0,
    citations: [LML_PAPER, DDIM_PAPER],
    write: (builder, levels) => {
      let previous: Value | undefined;
      walk(builder, levels, ({ x, from, to }) => {
        const n = builder.evaluate(x, from, "epsilon");
        if (kappa === 0) return transferSum(builder, x, from, to, [[1, n]]);
        const v = builder.transform("lml", [n, previous ?? n], correction);
        previous = n;
        // x' = alpha' (x - sigma n)/alpha + sigma' v
        const scale = to.alpha / from.alpha;
        return builder.combine([
          [scale, x],
          [-scale * from.sigma, n],
          [to.sigma, v],
        ]);
      });
    },
  });
}

/**
 * The corrected direction, per sample (axis 0): with `m = kappa p + (1 - kappa) n`, the vector
 * `(lambda n + (|m|^2 n - m (m.n)))/(lambda + |m|^2)` rescaled to |n|; n itself where that vanishes.
 * @param kappa share of the previous prediction; 0 returns n itself
 * @param damping lambda > 0
 * @returns the function of (n, p), on tensors and on plain arrays
 * @throws ShapeError when the directions differ in shape
 */
export function lmlCorrection(kappa: number, damping: number): TransformFunction {
  return {
    tensor: (n, p) => {
      if (kappa === 0) return mul(n, 1);
      if (n.shape.length !== p.shape.length || n.shape.some((size, i) => size !== p.shape[i])) {
        throw new ShapeError(
          `lml: the directions differ in shape (got [${n.shape.join(", ")}] and [${p.shape.join(", ")}]).`,
        );
      }
      const axis = n.shape.map((_, i) => i).slice(1);
      // A scalar or a list of scalars is a list of one-dimensional samples.
      const total = (x: Tensor): Tensor => (axis.length === 0 ? x : sum(x, { axis, keepDims: true }));
      const m = add(mul(p, kappa), mul(n, 1 - kappa));
      const mm = total(square(m));
      const across = sub(mul(n, mm), mul(m, total(mul(m, n))));
      const v = add(mul(n, damping), across);
      const [size, wanted] = [total(square(v)), total(square(n))];
      const factor = sqrt(div(wanted, where(equal(size, 0), 1, size)));
      return where(equal(size, 0), n, mul(v, factor));
    },
    numeric: (samples, n, p) => {
      if (kappa === 0) return n;
      const out = new Float64Array(n.length);
      const length = n.length / samples;
      for (let at = 0; at < n.length; at += length) correctSample(kappa, damping, n, p, out, at, at + length);
      return out;
    },
  };
}

function correctSample(
  kappa: number,
  damping: number,
  n: Float64Array,
  p: Float64Array,
  out: Float64Array,
  first: number,
  end: number,
): void {
  let [mm, mn, nn, vv] = [0, 0, 0, 0];
  const memory = (i: number): number => kappa * p[i] + (1 - kappa) * n[i];
  for (let i = first; i < end; i++) {
    mm += memory(i) ** 2;
    mn += memory(i) * n[i];
    nn += n[i] ** 2;
  }
  for (let i = first; i < end; i++) {
    out[i] = damping * n[i] + (mm * n[i] - memory(i) * mn);
    vv += out[i] ** 2;
  }
  for (let i = first; i < end; i++) out[i] = vv === 0 ? n[i] : out[i] * Math.sqrt(nn / vv);
}
