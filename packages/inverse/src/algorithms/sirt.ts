/** The simultaneous iterative reconstruction technique. */
import { add, checkOptions, mul, ones } from "@ansatz/tensor";
import { checkRelaxation, inverse } from "./subsets.ts";
import { SIRT_PAPER } from "../citation.ts";
import type { Algorithm } from "./base.ts";
import { advance, begin, checkBounds, clipTo, startOf, type Bounds } from "./tools.ts";

/** Options of {@link sirt}. */
export interface SirtOptions extends Bounds {
  /** Relaxation w, in (0, 2); 1 when left out. */
  readonly relaxation?: number;
}

/**
 * `x += w C A* R (b - A x)` with the inverse sums of rows R and of columns C (0 for empty ones), then within the bounds
 * (Gilbert 1972, weighted as by Gregor and Benson 2008). For operators without negative entries.
 *
 * One application of A and its adjoint per iteration. It converges to a weighted least-squares solution; noise grows with the
 * number of iterations.
 * @throws ArgumentError for an option outside its range
 */
export function sirt(options: SirtOptions = {}): Algorithm {
  const name = "sirt";
  checkOptions(name, options, ["relaxation", "lower", "upper"]);
  const { relaxation = 1 } = options;
  checkRelaxation(name, relaxation);
  checkBounds(name, options);
  return {
    name,
    citations: [SIRT_PAPER],
    watchesResidual: true,
    complex: false,
    init(problem) {
      const { operator, data } = problem;
      const one = { dtype: operator.dtype, device: data.device } as never;
      return begin(problem, startOf(problem), () => ({
        rows: inverse(operator.apply(ones(operator.domain, one))),
        columns: inverse(operator.adjoint(ones(operator.range, one))),
      }));
    },
    step(problem, state) {
      const { r, rows, columns } = state.vectors;
      return advance(problem, state, () => {
        const update = mul(columns, problem.operator.adjoint(mul(rows, r)));
        return { x: clipTo(add(state.x, mul(update, relaxation)), options) };
      });
    },
  };
}
