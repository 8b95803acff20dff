/** UniPC: a predictor and a corrector of any order that share their model calls. */
import { checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger } from "../check.ts";
import { UNIPC_PAPER } from "../citation.ts";
import { halfLogSnr, type Level } from "../level.ts";
import { solveSmall } from "../math.ts";
import type { PlanBuilder } from "../plan/builder.ts";
import type { Term, Value } from "../plan/plan.ts";
import type { PlannedSampler } from "./base.ts";
import type { Point } from "./multistepTerms.ts";
import { phi } from "./phi.ts";
import { countSteps, planned, walk } from "./planned.ts";
import { SOLVER_PREDICTIONS, transfer, type SolverPrediction } from "./transfer.ts";

/** Options of {@link uniPc}. */
export interface UniPcOptions {
  /** 1, 2 or 3; 2 when left out. The corrector raises the order of convergence by one. */
  readonly order?: number;
  /** The function B(h): `"bh1"` is h, `"bh2"` is `e^h - 1`; `"bh2"` when left out. */
  readonly variant?: "bh1" | "bh2";
  /** What is integrated; `"x0"` when left out. */
  readonly prediction?: SolverPrediction;
  /** Steps (from 0) whose result is not corrected, or false for no corrector at all; none when left out. */
  readonly uncorrected?: readonly number[] | false;
  /**
   * Lowers the order towards the end, to at most the number of steps left: always, never, or in runs of fewer steps than
   * this number; true when left out, as in every published code. The last step then has order 1, which saves runs on
   * grids whose steps grow at the end (uniform time) and costs the high order only where errors are tiny.
   */
  readonly lowerOrderFinal?: boolean | number;
}

/**
 * UniPC (Zhao et al. 2023, algorithms 5 to 8) in half log-SNR lambda, h the step, hh = h for the noise and -h for the data
 * prediction m: `r_j = (lambda_{i-j} - lambda_i)/h`, `D_j = (m_{i-j} - m_i)/r_j`,
 *
 * predictor `x' = base + m_i w_1 - w B sum_{j<p} rho_j D_j`; corrector, with the call made at x' anyway,
 * `x'_c = base + m_i w_1 - w B (sum_{j<p} rho_j D_j + rho_p (m' - m_i))`, w = alpha' for the data, sigma' for the noise.
 * The rho solve `sum_j r_j^{k-1} rho_j = hh phi_{k+1}(hh) k!/B`, but for rho = 1/2 at order 2 (predictor) and 1
 * (corrector). The corrected signal is not evaluated again, and the last one is not corrected.
 *
 * One model call per step. Order p + 1 (p without the corrector), measured with `lowerOrderFinal: false`. Steps to sigma 0 and from alpha = 0 are first
 * order and uncorrected: their h is infinite, where the released `bh1` gives NaN.
 * @throws ArgumentError for bad options
 */
export function uniPc(options: UniPcOptions = {}): PlannedSampler {
  const factory = "uniPc";
  checkOptions(factory, options, ["order", "variant", "prediction", "uncorrected", "lowerOrderFinal"]);
  const order = options.order ?? 2;
  checkInteger(factory, "order", order, 1, 3);
  const variant = options.variant ?? "bh2";
  checkChoice(factory, "variant", variant, ["bh1", "bh2"]);
  const prediction = options.prediction ?? "x0";
  checkChoice(factory, "prediction", prediction, SOLVER_PREDICTIONS);
  const lower = options.lowerOrderFinal ?? true;
  if (typeof lower === "number") checkInteger(factory, "lowerOrderFinal", lower, 0);
  const { uncorrected } = options;
  if (Array.isArray(uncorrected)) uncorrected.forEach((step, i) => checkInteger(factory, `uncorrected[${i}]`, step, 0));
  const corrects = (step: number): boolean => uncorrected !== false && !(uncorrected ?? []).includes(step);
  const kind = uncorrected === false ? "unip" : "unipc";
  const name = `${kind}-${order}-${variant}${prediction === "epsilon" ? "-epsilon" : ""}`;
  return planned({
    name,
    order: uncorrected === false ? order : order + 1,
    citations: [UNIPC_PAPER],
    write: (builder, levels) => {
      const steps = countSteps(levels);
      const lowers = typeof lower === "number" ? steps < lower : lower;
      const history: Point[] = [];
      let pending: Step | undefined;
      walk(builder, levels, ({ x, from, to, count }) => {
        const m = builder.evaluate(x, from, prediction);
        const start = pending === undefined ? x : correct(builder, pending, m);
        history.unshift({ lambda: halfLogSnr(from), m });
        history.length = Math.min(history.length, order);
        const points = history.filter(({ lambda }) => Number.isFinite(lambda));
        const used = Math.min(points.length, lowers ? steps - count : order);
        const finite = Number.isFinite(halfLogSnr(to) - halfLogSnr(from));
        const step: Step = { prediction, variant, x: start, from, to, points: points.slice(0, used) };
        pending = finite && corrects(count) ? step : undefined;
        if (finite) return predict(builder, step);
        const { x: base, m: weight } = transfer(prediction, from, to);
        return builder.combine([
          [base, start],
          [weight, m],
        ]);
      });
    },
  });
}

/** A step with everything that predictor and corrector need. */
interface Step {
  readonly prediction: SolverPrediction;
  readonly variant: "bh1" | "bh2";
  /** Where the step starts. */
  readonly x: Value;
  readonly from: Level;
  readonly to: Level;
  /** Predictions at and before its start, newest first; as many as the order. */
  readonly points: readonly Point[];
}

function predict(builder: PlanBuilder, step: Step): Value {
  return builder.combine(stepTerms(step, []));
}

/** The end of the step, r = 1, is one more point. */
function correct(builder: PlanBuilder, step: Step, m: Value): Value {
  return builder.combine(stepTerms(step, [{ lambda: halfLogSnr(step.to), m }]));
}

/** `base x + w_1 m_i - w B sum_j rho_j D_j` over the earlier points and the extra ones. */
function stepTerms({ prediction, variant, x, from, to, points }: Step, extra: readonly Point[]): Term[] {
  const [now, ...earlier] = points;
  const h = halfLogSnr(to) - now.lambda;
  const hh = prediction === "x0" ? -h : h;
  const b = variant === "bh1" ? hh : Math.expm1(hh);
  const others = [...earlier, ...extra];
  const ratios = others.map(({ lambda }) => (lambda - now.lambda) / h);
  const { x: base, m: first } = transfer(prediction, from, to);
  const scale = (prediction === "x0" ? to.alpha : to.sigma) * b;
  const terms: Term[] = [
    [base, x],
    [first, now.m],
  ];
  pointWeights(ratios, hh, b).forEach((rho, j) => {
    const weight = (scale * rho) / ratios[j];
    terms.push([-weight, others[j].m], [weight, now.m]);
  });
  return terms;
}

/** rho: 1/2 for a single point, else the solution of `sum_j r_j^{k-1} rho_j = hh phi_{k+1}(hh) k!/B`, k = 1 .. n. */
function pointWeights(ratios: readonly number[], hh: number, b: number): number[] {
  if (ratios.length === 1) return [1 / 2];
  let factorial = 1;
  const matrix: number[][] = [];
  const right: number[] = [];
  for (let k = 1; k <= ratios.length; k++) {
    factorial *= k;
    matrix.push(ratios.map((r) => r ** (k - 1)));
    right.push((hh * phi(k + 1, hh) * factorial) / b);
  }
  return solveSmall(matrix, right);
}
