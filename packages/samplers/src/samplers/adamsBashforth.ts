/** Adams-Bashforth with variable steps: linear multistep methods on the true nodes. */
import { checkOptions, type Citation } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";
import { EDM_PAPER, MULTISTEP_BOOK } from "../citation.ts";
import { edmSigma } from "../level.ts";
import type { Term, Value } from "../plan/plan.ts";
import { ancestralStep } from "./ancestral.ts";
import type { PlannedSampler } from "./base.ts";
import { planned, walk } from "./planned.ts";

/** Options of {@link adamsBashforth} and {@link lms}. */
export interface AdamsBashforthOptions {
  /** Most predictions in one step, 1 to 4; 4 when left out. */
  readonly order?: number;
}

/**
 * Adams-Bashforth of variable steps on `dy/du = epsilon` (Hairer, Nørsett & Wanner, section III.5): the polynomial in
 * u = sigma/alpha through the last predictions is integrated exactly over the step, `y' = y + sum_j c_j epsilon_j`. The
 * steps of PLMS with weights for the nodes as they are, and therefore of the order that PLMS misses: 1 to 4.
 *
 * One model call per step; the first steps have orders 1, 2, ... A first step from alpha = 0 is an Euler step whose
 * prediction leaves no trace. The gain over `plms` shows above about 40 steps.
 * @throws ArgumentError for an order out of range
 */
export function adamsBashforth(options: AdamsBashforthOptions = {}): PlannedSampler {
  const order = checkOrder("adamsBashforth", options);
  return variableMultistep(`adams-bashforth-${order}`, order, [MULTISTEP_BOOK]);
}

/**
 * The linear multistep sampler of k-diffusion and diffusers (LMS). It is `adamsBashforth` under the name by which it is
 * known there; their weights come from numerical quadrature, ours in closed form.
 * @throws ArgumentError for an order out of range
 */
export function lms(options: AdamsBashforthOptions = {}): PlannedSampler {
  const order = checkOrder("lms", options);
  return variableMultistep(`lms-${order}`, order, [EDM_PAPER, MULTISTEP_BOOK]);
}

function checkOrder(name: string, options: AdamsBashforthOptions): number {
  checkOptions(name, options, ["order"]);
  const order = options.order ?? 4;
  checkInteger(name, "order", order, 1, 4);
  return order;
}

function variableMultistep(name: string, order: number, citations: readonly Citation[]): PlannedSampler {
  return planned({
    name,
    order,
    citations,
    write: (builder, levels) => {
      const history: { u: number; epsilon: Value }[] = [];
      walk(builder, levels, ({ x, from, to }) => {
        if (from.alpha === 0) return ancestralStep(builder, x, from, to, to.sigma, 0);
        history.unshift({ u: edmSigma(from), epsilon: builder.evaluate(x, from, "epsilon") });
        history.length = Math.min(history.length, order);
        const length = edmSigma(to) - history[0].u;
        const weights = stepWeights(history.map(({ u }) => (u - history[0].u) / length));
        return builder.combine([
          [to.alpha / from.alpha, x],
          ...history.map(({ epsilon }, j): Term => [to.alpha * length * weights[j], epsilon]),
        ]);
      });
    },
  });
}

/** Integrals over [0, 1] of the Lagrange polynomials of the nodes. */
function stepWeights(nodes: readonly number[]): number[] {
  return nodes.map((node, j) => {
    // Coefficients of prod (t - other)/(node - other), lowest first.
    let polynomial = [1];
    nodes.forEach((other, i) => {
      if (i === j) return;
      const scale = 1 / (node - other);
      const next = new Array<number>(polynomial.length + 1).fill(0);
      polynomial.forEach((c, power) => {
        next[power] -= c * other * scale;
        next[power + 1] += c * scale;
      });
      polynomial = next;
    });
    return polynomial.reduce((sum, c, power) => sum + c / (power + 1), 0);
  });
}
