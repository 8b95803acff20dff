/** Reconstruction of images whose pixels have few known values. */
import {
  ArgumentError,
  checkOptions,
  distinctCitations,
  DTypeError,
  tensor,
  type Citation,
  type Tensor,
  withDevice,
} from "@ansatz/tensor";
import { toMatrix, type LinearOperator } from "@ansatz/tensor/linear";
import { roundToLevels, solveDiscrete, type DiscreteOptions, type DiscreteResult } from "@ansatz/optim/discrete";
import { checkCount, checkNumbers, checkShaped } from "../check.ts";
import { reconstruct } from "../algorithms/reconstruct.ts";
import { sirt } from "../algorithms/sirt.ts";

/** Find x with values among `levels` such that the largest residual of `A x ~ b` is small. */
export interface DiscreteReconstructionProblem {
  readonly operator: LinearOperator;
  readonly data: Tensor;
  /** The values that pixels may have, strictly increasing. */
  readonly levels: readonly number[];
}

/** Options of {@link discreteReconstruction}. */
export interface DiscreteReconstructionOptions extends Pick<
  DiscreteOptions,
  "key" | "maxIterations" | "timeLimit" | "squares" | "bound" | "device" | "signal"
> {
  /** Iterations of SIRT whose rounded image is the first start; 200 when left out, 0 for none. */
  readonly startIterations?: number;
}

/** Result of {@link discreteReconstruction}. */
export interface DiscreteReconstructionResult extends Omit<DiscreteResult, "value"> {
  /** The image. It is yours. */
  readonly value: Tensor;
}

/**
 * Discrete tomography: `min over x_j in levels of max_k |(A x)_k - b_k|`, by the search of
 * {@link solveDiscrete} from the rounded image of SIRT and the rounded relaxation. Of images with equal objectives the one with the
 * smaller sum of squares is kept (`squares: "tie"`): the largest residual alone says little about the other pixels. `squares: "guard"`
 * does not let the sum of squares grow above that of the start either.
 *
 * The result is never worse than its starts, and has a lower bound with `bound: true`, the default: for hundreds of pixels. The matrix
 * is stored.
 * @throws DTypeError for a complex operator, ShapeError for data of another shape, ArgumentError for levels that are not increasing, data
 * that are not finite, and options outside their range
 * @example
 * const { value, gap } = await discreteReconstruction({ operator: projector(geometry), data, levels: [0, 1] });
 */
export async function discreteReconstruction(
  problem: DiscreteReconstructionProblem,
  options: DiscreteReconstructionOptions = {},
): Promise<DiscreteReconstructionResult> {
  const name = "discreteReconstruction";
  checkOptions(name, problem, ["operator", "data", "levels"]);
  const fields = ["key", "maxIterations", "timeLimit", "squares", "bound", "device", "signal", "startIterations"];
  checkOptions(name, options, fields);
  const { operator, data, levels } = problem;
  const { startIterations = 200, ...search } = options;
  if (operator.dtype !== "f32" && operator.dtype !== "f64") {
    throw new DTypeError(`${name}: operator is not real (got ${operator.dtype}, expected f32 or f64).`);
  }
  checkShaped(name, "data", data, operator.range);
  checkNumbers(name, "levels", levels);
  const unsorted = levels.findIndex((v, i) => i > 0 && !(v > levels[i - 1]));
  if (unsorted >= 0) {
    throw new ArgumentError(
      `${name}: levels[${unsorted}] does not grow (got ${levels[unsorted]} after ${levels[unsorted - 1]}). Sort them.`,
    );
  }
  checkCount(name, "startIterations", startIterations, 0);
  const b = Float64Array.from((await data.data()) as ArrayLike<number>);
  checkNumbers(name, "data", b);
  const matrix = withDevice(data.device, () => toMatrix(operator));
  const demands = { matrix, target: b, levels };
  const starts: Float64Array[] = [];
  const citations: (readonly Citation[])[] = [];
  if (startIterations > 0) {
    const bounds = { lower: levels[0], upper: levels[levels.length - 1] };
    const first = await reconstruct(sirt(bounds), { operator, data }, { maxIterations: startIterations });
    starts.push(await roundToLevels(demands, Float64Array.from((await first.value.data()) as ArrayLike<number>)));
    citations.push(first.citations);
    first.value.dispose();
  }
  const result = await solveDiscrete(demands, { ...search, ...(starts.length > 0 ? { start: starts } : {}) });
  matrix.dispose();
  return {
    ...result,
    value: tensor(result.value, { shape: operator.domain, dtype: operator.dtype, device: data.device }),
    citations: distinctCitations(result.citations, ...citations),
  };
}
