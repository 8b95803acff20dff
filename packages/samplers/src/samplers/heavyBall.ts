/** Heavy-ball and Nesterov momentum on the pseudo multistep samplers. */
import { checkOptions } from "@ansatz/tensor";
import { MOMENTUM_PAPER } from "../citation.ts";
import type { Term, Value } from "../plan/plan.ts";
import type { PlannedSampler } from "./base.ts";
import { adamsBashforthTerms, fractionalOrder, velocity } from "./momentum.ts";
import { planned, walk } from "./planned.ts";
import { transferSum } from "./pndm.ts";

/** Options of {@link heavyBall} and {@link nesterov}. */
export interface HeavyBallOptions {
  /** `k - 1 + beta` in (0, 4]: k points and damping beta >= 0.05 (1 for integers); 1.8 when left out. */
  readonly order?: number;
}

/**
 * PLMS with heavy-ball momentum, HB (Wizadwongsa et al. 2023): with p the Adams-Bashforth combination of the last k noise
 * predictions, `v <- (1 - beta) v + beta p` and `x' = T(x, v)` by the DDIM map; v starts as the first prediction.
 *
 * One model call per step. Order 1 for beta < 1 (the velocity lags by `(1 - beta)/beta` steps), else that of the
 * multistep method. Its stability interval on the real axis is `(2 - beta)/beta` times that of the multistep method: for
 * strong guidance and few steps. `ghvb` keeps order 2.
 * @throws ArgumentError for an order out of range; from `begin` for a first level of pure noise
 */
export function heavyBall(options: HeavyBallOptions = {}): PlannedSampler {
  return momentumSampler("hb", "heavyBall", options, (_, v) => [[1, v]]);
}

/**
 * The same with Nesterov momentum, NT (Wizadwongsa et al. 2023, appendix): `x' = T(x, (1 - beta) v + beta p)` with the
 * new velocity. Order 1 for beta < 1; stability interval `(2 - beta)/(beta (3 - 2 beta))` times that of the multistep
 * method.
 * @throws ArgumentError for an order out of range; from `begin` for a first level of pure noise
 */
export function nesterov(options: HeavyBallOptions = {}): PlannedSampler {
  return momentumSampler("nt", "nesterov", options, (p, v, beta) => [
    [1 - beta, v],
    ...p.map(([c, value]): Term => [beta * c, value]),
  ]);
}

function momentumSampler(
  method: string,
  factory: string,
  options: HeavyBallOptions,
  direction: (p: readonly Term[], v: Value, beta: number) => Term[],
): PlannedSampler {
  checkOptions(factory, options, ["order"]);
  const order = options.order ?? 1.8;
  const { points, beta } = fractionalOrder(factory, order, 4);
  return planned({
    name: `${method}-${order}`,
    order: beta === 1 ? Math.min(points, 2) : 1,
    citations: [MOMENTUM_PAPER],
    write: (builder, levels) => {
      const history: Value[] = [];
      const push = velocity(builder, beta);
      walk(builder, levels, ({ x, from, to }) => {
        history.unshift(builder.evaluate(x, from, "epsilon"));
        history.length = Math.min(history.length, points);
        const p = adamsBashforthTerms(history);
        const v = push(p, history[0]);
        return transferSum(builder, x, from, to, direction(p, v, beta));
      });
    },
  });
}
