/** The values of a tensor as text. */
import { ArgumentError, checkOptions, show } from "../errors.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { columnOf } from "./columns.ts";
import { cellsOf, render, shownIn } from "./layout.ts";

/** Options of {@link format}. */
export interface FormatOptions {
  /** Most digits after the point, 0 to 20; 8 when left out. Numbers that need fewer are written with fewer. */
  readonly precision?: number;
  /** Tensors with more elements than this are shortened; 1000 when left out. Infinity writes everything. */
  readonly threshold?: number;
  /** Elements at each end of an axis that a shortened tensor shows, at least 1; 3 when left out. */
  readonly edge?: number;
  /** Longest line, at least 1; 75 when left out. An element is never broken. */
  readonly width?: number;
}

/** An option that is an integer of a range. */
function integer(option: string, value: number | undefined, standard: number, least: number, most: number): number {
  if (value === undefined) return standard;
  const ok = typeof value === "number" && value >= least && value <= most;
  if (!ok || !(Number.isInteger(value) || value === Infinity)) {
    const range = most === Infinity ? `of at least ${least}, or Infinity` : `of ${least} to ${most}`;
    throw new ArgumentError(`format: ${option} is out of range (got ${show(value)}, expected an integer ${range}).`);
  }
  return value;
}

/**
 * Writes the values of a tensor as `numpy.array2string` does: nested brackets, equally wide columns, floats with the fewest
 * digits that name them up to `precision`, in scientific notation where they span more than a factor of 1000, fall below
 * 1e-4 or reach 1e6 (f32) or 1e8 (f64). Of numbers that are equally close, the one with an even last digit is taken.
 *
 * Evaluates the tensor and reads all of it, also where it is shortened.
 * @throws ArgumentError for something that is no tensor or an option out of range, and as `data()`
 * @example
 * console.log(await format(tensor([[1, 2.5], [-3, 4]])));
 * // [[ 1.   2.5]
 * //  [-3.   4. ]]
 */
export async function format(x: Tensor, options: FormatOptions = {}): Promise<string> {
  requireTensor("format", x);
  checkOptions("format", options, ["precision", "threshold", "edge", "width"]);
  const precision = integer("precision", options.precision, 8, 0, 20);
  const threshold = integer("threshold", options.threshold, 1000, 0, Infinity);
  const edge = integer("edge", options.edge, 3, 1, Infinity);
  const width = integer("width", options.width, 75, 1, Infinity);
  const data = await x.data();
  if (x.size === 0) return "[]";
  const cells = cellsOf(x.shape, x.size > threshold ? edge : Infinity);
  return render(cells, x.ndim, columnOf(x.dtype, x.ndim, data, shownIn(cells), precision), width);
}
