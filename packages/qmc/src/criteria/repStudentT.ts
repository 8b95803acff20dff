/** Confidence intervals from independent randomisations. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import type { Executor } from "@ansatz/tensor/executor";
import type { Key } from "@ansatz/tensor/random";
import { checkInside, checkInteger, checkNumber, checkPowerOfTwo } from "../check.ts";
import { LECUYER } from "../citation.ts";
import type { Sequence } from "../sequences/base.ts";
import { sobol } from "../sequences/net/sobol.ts";
import { studentQuantile } from "../special/studentT.ts";
import * as base from "./base.ts";
import { afterDoubling, combinationOf, noBounds, type OutputBounds } from "./doubling.ts";
import { runTasks } from "../tasks.ts";
import { meanOf, replicationTask, varianceOf } from "./evaluate.ts";

/** Options of {@link repStudentT}. */
export interface RepStudentTOptions extends base.ToleranceOptions {
  /** Number R of independent randomisations, at least 2; 15 when left out. */
  readonly replications?: number;
  /** Points of each randomisation at the start, a power of two; 2^8 when left out. */
  readonly initialSize?: number;
  /** Most points of each randomisation, a power of two; 2^20 when left out. */
  readonly maximumSize?: number;
  /** Factor >= 1 of the standard deviation; 1 when left out. */
  readonly inflate?: number;
  /** Share alpha of integrals outside their confidence intervals; 0.01 when left out. */
  readonly alpha?: number;
  /** Makes the replicated sequence; scrambled Sobol' points in the middle of their cells when left out. */
  readonly points?: (dimension: number, key: Key, replications: number) => Sequence;
  /** Runs the replications (`"qmc/replicate"`); one after the other when left out. */
  readonly executor?: Executor;
}

interface State extends base.CubatureState {
  readonly inner: OutputBounds & {
    readonly problem: base.CubatureProblem;
    readonly points: Sequence;
    /** Mean of each output (rows) in each randomisation. */
    readonly means: readonly Float64Array[];
  };
}

/**
 * Doubles the points of R independent randomisations until Student's interval of their means meets the tolerance: half-width
 * t_(R-1, 1-alpha/2) inflate sd / sqrt R.
 *
 * Works with every sequence that has replications, nested scrambles included. It does not look inside the integrand and needs no
 * smoothness, but asks for R times as many points; the interval is exact only for normal means.
 * @throws ArgumentError for options outside their ranges
 * Source: P. L'Ecuyer, M. K. Nakayama, A. B. Owen, B. Tuffin, WSC 2023.
 */
export function repStudentT(options: RepStudentTOptions = {}): base.Criterion {
  const name = "repStudentT";
  checkOptions(name, options, [
    ...base.TOLERANCE_OPTIONS,
    "replications",
    "initialSize",
    "maximumSize",
    "inflate",
    "alpha",
    "points",
    "executor",
  ]);
  const tolerance = base.toleranceOf(name, options);
  const { replications = 15, initialSize = 2 ** 8, maximumSize = 2 ** 20, inflate = 1, alpha = 0.01 } = options;
  checkInteger(name, "replications", replications, 2);
  checkPowerOfTwo(name, "initialSize", initialSize);
  checkPowerOfTwo(name, "maximumSize", maximumSize);
  checkInteger(name, "initialSize", initialSize, 1, maximumSize);
  checkNumber(name, "inflate", inflate, 1);
  checkInside(name, "alpha", alpha, 0, 1);
  const make =
    options.points ?? ((dimension, key, count) => sobol({ dimension, key, replications: count, cell: "centre" }));
  const factor = (-studentQuantile(alpha / 2, replications - 1) * inflate) / Math.sqrt(replications);
  return {
    name,
    citations: [LECUYER],
    done: ({ status }) => status !== "running",
    init(problem): State {
      const { integrand, key } = problem;
      const points = make(integrand.dimension, key, replications);
      if (points.replications !== replications || points.dimension !== integrand.dimension || points.dtype !== "f64") {
        throw new ArgumentError(
          `${name}: the points do not fit (got ${points.name} of dimension ${points.dimension} with ${String(points.replications)} ` +
            `replications in ${points.dtype}, expected dimension ${integrand.dimension}, ${replications} replications, f64).`,
        );
      }
      const { outputs } = integrand;
      return {
        ...base.emptyState(combinationOf(problem).outputs),
        inner: {
          problem,
          points,
          means: Array.from({ length: outputs }, () => new Float64Array(replications)),
          ...noBounds(outputs),
        },
      };
    },
    async step(before) {
      const { inner, ...state } = before as State;
      const { problem, points, active } = inner;
      const { integrand } = problem;
      const size = state.size === 0 ? initialSize : 2 * state.size;
      const means = inner.means.map((row) => row.slice());
      let { evaluations } = state;
      const task = replicationTask("qmc/replicate", integrand, points);
      const inputs = Array.from({ length: replications }, (_, replication) => {
        return { replication, first: state.size, end: size, active };
      });
      const results = await runTasks(options.executor, task, inputs);
      evaluations += replications * (size - state.size);
      for (const [r, { means: found, failure }] of results.entries()) {
        if (failure !== undefined) return { ...before, evaluations, status: "non-finite", message: failure };
        found.forEach((mean, k) => {
          if (active[k]) means[k][r] = state.size === 0 ? mean : (means[k][r] + mean) / 2;
        });
      }
      const [low, high] = [inner.low.slice(), inner.high.slice()];
      means.forEach((row, k) => {
        if (!active[k]) return;
        const mean = meanOf(row);
        const width = factor * Math.sqrt(varianceOf(row, mean));
        low[k] = mean - width;
        high[k] = mean + width;
      });
      const { state: after, bounds } = afterDoubling(problem, tolerance, {
        size,
        most: Math.min(maximumSize, points.limit),
        evaluations,
        warnings: state.warnings,
        low,
        high,
      });
      const next: State = { ...after, inner: { problem, points, means, ...bounds } };
      return next;
    },
  };
}
