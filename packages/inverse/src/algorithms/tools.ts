/** What the algorithms share. */
import { maximum, minimum, sub, zeros, type Tensor } from "@ansatz/tensor";
import { operatorNorm, type LinearOperator } from "@ansatz/tensor/linear";
import { key } from "@ansatz/tensor/random";
import { checkFinite } from "../check.ts";
import { evaluate, length } from "../vector.ts";
import type { ReconstructionProblem, ReconstructionState } from "./base.ts";

/** Bounds of all pixels. */
export interface Bounds {
  /** Least value; none when left out. */
  readonly lower?: number;
  /** Largest value; none when left out. */
  readonly upper?: number;
}

/** Throws unless bounds are numbers in order. */
export function checkBounds(name: string, { lower, upper }: Bounds): void {
  if (lower !== undefined) checkFinite(name, "lower", lower);
  if (upper !== undefined) checkFinite(name, "upper", upper);
  if (lower !== undefined && upper !== undefined && lower > upper) {
    checkFinite(name, `upper (${upper}, below lower ${lower})`, NaN);
  }
}

/** Moves every pixel to the nearest value within the bounds. */
export function clipTo(x: Tensor, { lower, upper }: Bounds): Tensor {
  const above = lower === undefined ? x : maximum(x, lower);
  return upper === undefined ? above : minimum(above, upper);
}

/** The first image: the given one, or zeros. */
export function startOf({ operator, data, start }: ReconstructionProblem): Tensor {
  return start ?? zeros(operator.domain, { dtype: operator.dtype, device: data.device } as never);
}

/** The state before the first iteration of an algorithm that keeps its residual `r = b - A x`, and what else `more` makes. */
export async function begin(
  problem: ReconstructionProblem,
  x: Tensor,
  more: () => Readonly<Record<string, Tensor>> = () => ({}),
): Promise<ReconstructionState> {
  const { vectors, numbers } = await evaluate(() => {
    const r = sub(problem.data, problem.operator.apply(x));
    return { vectors: { r, ...more() }, scalars: [length(r)] };
  });
  return { iteration: 0, x, residualNorm: numbers[0], change: Infinity, vectors, numbers: {} };
}

/**
 * The state after an iteration that made a new image, and what else `make` returns. Vectors that it leaves out stay.
 * With values that are not finite the old image stays, and the state has failed.
 */
export async function advance(
  problem: ReconstructionProblem,
  state: ReconstructionState,
  make: () => { readonly x: Tensor; readonly r?: Tensor } & Readonly<Record<string, Tensor>>,
): Promise<ReconstructionState> {
  const { vectors, numbers } = await evaluate(() => {
    const made = make();
    const r = made.r ?? sub(problem.data, problem.operator.apply(made.x));
    return {
      vectors: { ...made, r } as Readonly<Record<string, Tensor>>,
      scalars: [length(r), length(made.x), length(sub(made.x, state.x))],
    };
  });
  const [residualNorm, size, moved] = numbers;
  if (!Number.isFinite(residualNorm + size)) {
    for (const t of Object.values(vectors)) t.dispose();
    return { ...state, failure: "non-finite" };
  }
  const { x, ...rest } = vectors;
  return {
    ...state,
    iteration: state.iteration + 1,
    x,
    residualNorm,
    change: size > 0 ? moved / size : moved,
    vectors: { ...state.vectors, ...rest },
  };
}

/** An upper bound of the norm of an operator, up to the accuracy of a power iteration. */
export async function normOf(operator: LinearOperator): Promise<number> {
  const { value } = await operatorNorm(operator, { key: key(0x6e6f726d), maxIterations: 300, tolerance: 1e-5 });
  return 1.002 * value;
}
