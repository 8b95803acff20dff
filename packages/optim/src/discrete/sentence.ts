/** How runs ended, in words. */
import type { DiscreteStatus } from "./base.ts";

/** The status of a run as a sentence. */
export function sentence(status: DiscreteStatus, iterations: number, objective: number, bound: number): string {
  const at = `largest violation ${objective.toPrecision(4)}, lower bound ${bound.toPrecision(4)}`;
  switch (status) {
    case "optimal":
      return `Optimal after ${iterations} steps (${at}).`;
    case "max-iterations":
      return `Stopped after ${iterations} iterations (${at}). Allow more with maxIterations.`;
    case "time-limit":
      return `The time was over after ${iterations} iterations (${at}).`;
    case "node-limit":
      return `Stopped at the limit of ${iterations} nodes (${at}).`;
    case "aborted":
      return `Aborted after ${iterations} iterations (${at}).`;
  }
}
