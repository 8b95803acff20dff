/** Maximum likelihood for Poisson data by expectation maximisation. */
import { ArgumentError, checkOptions, div, maximum, min, mul, ones, type Tensor } from "@ansatz/tensor";
import { MLEM_PAPER, OSEM_PAPER } from "../citation.ts";
import { read } from "../vector.ts";
import type { Algorithm, ReconstructionProblem } from "./base.ts";
import { checkSubsets, inverse, type Subset } from "./subsets.ts";
import { advance, begin } from "./tools.ts";

/** `A x` is never taken as less than this. */
const FLOOR = 1e-12;

/**
 * `x *= A* (b / A x) / A* 1` (Shepp and Vardi 1982), which maximises the likelihood of Poisson data with mean A x. Starts from ones;
 * x stays >= 0, and the likelihood never falls. For operators without negative entries, and data >= 0.
 *
 * One application of A and its adjoint per iteration, and one of A for the residual.
 */
export function mlem(): Algorithm {
  return {
    ...expectation("mlem", (problem) => [{ operator: problem.operator, pick: (data) => data }]),
    citations: [MLEM_PAPER],
  };
}

/** Options of {@link osem}. */
export interface OsemOptions {
  /** The subsets, in the order of their use. */
  readonly subsets: readonly Subset[];
}

/**
 * MLEM's update for one subset of the data after the other (Hudson and Larkin 1994): an iteration goes through all of them. Faster
 * at first by about the number of subsets; it does not converge, but ends in a cycle.
 * @throws ArgumentError without subsets
 */
export function osem(options: OsemOptions): Algorithm {
  checkOptions("osem", options, ["subsets"]);
  checkSubsets("osem", options.subsets);
  return { ...expectation("osem", () => options.subsets), citations: [OSEM_PAPER] };
}

function expectation(name: string, subsetsOf: (problem: ReconstructionProblem) => readonly Subset[]): Algorithm {
  return {
    name,
    citations: [],
    watchesResidual: true,
    complex: false,
    async init(problem) {
      const { operator, data, start } = problem;
      await checkPositiveTensor(name, "data", data);
      if (start !== undefined) await checkPositiveTensor(name, "start", start);
      const one = { dtype: operator.dtype, device: data.device } as never;
      const x = start ?? ones(operator.domain, one);
      return begin(problem, x, () => {
        const entries = subsetsOf(problem).map((subset, s) => {
          const seen = subset.operator.adjoint(ones(subset.operator.range, one));
          return [`scale${s}`, inverse(seen)] as const;
        });
        return Object.fromEntries(entries);
      });
    },
    step(problem, state) {
      return advance(problem, state, () => ({
        x: subsetsOf(problem).reduce((x, { operator, pick }, s) => {
          const ratio = div(pick(problem.data), maximum(operator.apply(x), FLOOR));
          return mul(mul(x, state.vectors[`scale${s}`]), operator.adjoint(ratio));
        }, state.x),
      }));
    },
  };
}

async function checkPositiveTensor(name: string, field: string, value: Tensor): Promise<void> {
  const least = await read(() => min(value));
  if (!(least >= 0)) {
    throw new ArgumentError(`${name}: ${field} has negative elements (got ${least}, expected numbers >= 0).`);
  }
}
