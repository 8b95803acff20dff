/** From problems as users write them to instances. */
import { ArgumentError, checkOptions, isComplex, isTensor, ShapeError, type Tensor } from "@ansatz/tensor";
import { toMatrix, type LinearOperator } from "@ansatz/tensor/linear";
import { transposed, type CsrMatrix } from "../linear/csr.ts";
import type { DiscreteProblem, Instance, Matrix, Vector } from "./base.ts";

/**
 * Checks a problem and brings it into the form that the search needs.
 * @throws ArgumentError for values that are not finite, weights that are not positive, levels that are not strictly
 *   increasing, crossed bounds or missing fields; ShapeError for lengths that do not fit
 */
export async function instanceOf(name: string, problem: DiscreteProblem): Promise<Instance> {
  checkOptions(name, problem, ["matrix", "target", "lower", "upper", "weights", "levels"]);
  const rows = await matrixOf(name, problem.matrix);
  const { rows: m, columns: n } = rows;
  if (problem.target !== undefined && (problem.lower !== undefined || problem.upper !== undefined)) {
    throw new ArgumentError(`${name}: give either target, or lower and upper (got both).`);
  }
  if (problem.target === undefined && problem.lower === undefined && problem.upper === undefined) {
    throw new ArgumentError(`${name}: nothing is demanded of the rows (expected target, lower or upper).`);
  }
  const target = problem.target === undefined ? undefined : await finiteVector(name, "target", problem.target, m);
  const side = async (field: "lower" | "upper", none: number): Promise<Float64Array> => {
    const given = problem[field];
    if (target !== undefined) return target;
    if (given === undefined) return new Float64Array(m).fill(none);
    const values = await vectorOf(name, field, given, m);
    for (const [k, v] of values.entries()) {
      if (!Number.isFinite(v) && v !== none) {
        throw new ArgumentError(`${name}: ${field}[${k}] must be a number (got ${v}; ${none} means no bound).`);
      }
    }
    return values;
  };
  const lower = await side("lower", -Infinity);
  const upper = await side("upper", Infinity);
  const weights =
    problem.weights === undefined
      ? new Float64Array(m).fill(1)
      : await finiteVector(name, "weights", problem.weights, m);
  for (let k = 0; k < m; k++) {
    if (!(weights[k] > 0)) throw new ArgumentError(`${name}: weights[${k}] must be positive (got ${weights[k]}).`);
    if (lower[k] > upper[k]) {
      throw new ArgumentError(`${name}: bounds of row ${k} are crossed (got lower ${lower[k]}, upper ${upper[k]}).`);
    }
  }
  return { m, n, rows, columns: transposed(rows), lower, upper, weights, ...levelsOf(name, problem.levels, n) };
}

/** A vector of known length on the host. */
export async function vectorOf(name: string, field: string, given: Vector, length: number): Promise<Float64Array> {
  if (isTensor(given)) {
    if (given.ndim !== 1) throw new ShapeError(`${name}: ${field} must have one axis (got ${given.ndim}).`);
    if (isComplex(given.dtype)) throw new ArgumentError(`${name}: ${field} must be real (got ${given.dtype}).`);
  } else if (typeof given !== "object" || given === null || typeof given.length !== "number") {
    throw new ArgumentError(`${name}: ${field} must be a vector (got ${typeof given}).`);
  }
  const values = Float64Array.from(isTensor(given) ? ((await given.data()) as ArrayLike<number>) : given, Number);
  if (values.length !== length) {
    throw new ShapeError(`${name}: ${field} has another length (got ${values.length}, expected ${length}).`);
  }
  for (const [i, v] of values.entries()) {
    if (Number.isNaN(v)) throw new ArgumentError(`${name}: ${field}[${i}] must be a number (got NaN).`);
  }
  return values;
}

async function finiteVector(name: string, field: string, given: Vector, length: number): Promise<Float64Array> {
  const values = await vectorOf(name, field, given, length);
  const bad = values.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) throw new ArgumentError(`${name}: ${field}[${bad}] must be finite (got ${values[bad]}).`);
  return values;
}

async function matrixOf(name: string, matrix: Matrix): Promise<CsrMatrix> {
  if (typeof matrix !== "object" || matrix === null) {
    throw new ArgumentError(
      `${name}: matrix is missing (got ${String(matrix)}, expected rows, a tensor or an operator).`,
    );
  }
  if (isTensor(matrix)) return fromTensor(name, matrix);
  if ("apply" in matrix) return fromTensor(name, toMatrix(matrix as LinearOperator));
  if ("starts" in matrix) {
    const bad = matrix.values.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) throw new ArgumentError(`${name}: the matrix is not finite (got ${matrix.values[bad]}).`);
    return matrix;
  }
  const m = matrix.length;
  const n = m === 0 ? 0 : matrix[0].length;
  const dense = new Float64Array(m * n);
  for (const [k, row] of matrix.entries()) {
    if (row.length !== n) {
      throw new ShapeError(`${name}: row ${k} of the matrix has another length (got ${row.length}, expected ${n}).`);
    }
    dense.set(Float64Array.from(row), k * n);
  }
  return compressed(name, dense, m, n);
}

async function fromTensor(name: string, matrix: Tensor): Promise<CsrMatrix> {
  if (matrix.ndim !== 2) throw new ShapeError(`${name}: the matrix must have two axes (got ${matrix.ndim}).`);
  if (isComplex(matrix.dtype)) throw new ArgumentError(`${name}: the matrix must be real (got ${matrix.dtype}).`);
  const [m, n] = matrix.shape;
  return compressed(name, Float64Array.from((await matrix.data()) as ArrayLike<number>, Number), m, n);
}

/** The entries of a dense matrix that are not zero. */
function compressed(name: string, dense: Float64Array, m: number, n: number): CsrMatrix {
  const starts = new Int32Array(m + 1);
  for (let k = 0; k < m; k++) {
    let count = 0;
    for (let j = 0; j < n; j++) {
      const v = dense[k * n + j];
      if (!Number.isFinite(v)) {
        throw new ArgumentError(`${name}: the matrix is not finite (got ${v} at row ${k}, column ${j}).`);
      }
      if (v !== 0) count++;
    }
    starts[k + 1] = starts[k] + count;
  }
  const indices = new Int32Array(starts[m]);
  const values = new Float64Array(starts[m]);
  let at = 0;
  for (let i = 0; i < m * n; i++) {
    if (dense[i] === 0) continue;
    indices[at] = i % n;
    values[at++] = dense[i];
  }
  return { rows: m, columns: n, starts, indices, values };
}

function levelsOf(
  name: string,
  given: DiscreteProblem["levels"],
  n: number,
): { readonly levels: Float64Array; readonly starts: Int32Array } {
  if (typeof given !== "object" || given === null || typeof given.length !== "number") {
    throw new ArgumentError(`${name}: levels must be a list of numbers, or one such list per variable.`);
  }
  const own = given.length > 0 && typeof given[0] === "object";
  if (own && given.length !== n) {
    throw new ShapeError(
      `${name}: levels has lists for another number of variables (got ${given.length}, expected ${n}).`,
    );
  }
  const lists = own ? (given as readonly ArrayLike<number>[]) : [given as ArrayLike<number>];
  for (const [j, list] of lists.entries()) {
    const where = own ? `levels[${j}]` : "levels";
    if (!(list.length > 0)) throw new ArgumentError(`${name}: ${where} is empty (expected at least one value).`);
    for (let q = 0; q < list.length; q++) {
      if (!Number.isFinite(list[q]))
        throw new ArgumentError(`${name}: ${where}[${q}] must be finite (got ${list[q]}).`);
      if (q > 0 && !(list[q] > list[q - 1])) {
        throw new ArgumentError(
          `${name}: ${where} must be strictly increasing (got ${list[q - 1]} before ${list[q]}). Sort them and remove repetitions.`,
        );
      }
    }
  }
  const starts = new Int32Array(n + 1);
  for (let j = 0; j < n; j++) starts[j + 1] = starts[j] + lists[own ? j : 0].length;
  const levels = new Float64Array(starts[n]);
  for (let j = 0; j < n; j++) levels.set(Float64Array.from(lists[own ? j : 0]), starts[j]);
  return { levels, starts };
}

/** Numbers of the levels that values are; rounding of the last digits is allowed for. */
export function indicesOf(name: string, { n, levels, starts }: Instance, values: Float64Array): Int32Array {
  const indices = nearestLevels({ n, levels, starts }, values);
  for (let j = 0; j < n; j++) {
    const level = levels[starts[j] + indices[j]];
    if (Math.abs(level - values[j]) > 1e-6 * Math.max(Math.abs(level), Math.abs(values[j]))) {
      throw new ArgumentError(
        `${name}: start[${j}] is not a level (got ${values[j]}, the nearest is ${level}). Round it with nearestLevels.`,
      );
    }
  }
  return indices;
}

/**
 * Numbers of the levels nearest to values; the lower one of two at the same distance.
 * @param draw numbers in [0, 1); with it, values between two levels go to the upper one with a probability that is their
 *   relative distance from the lower one
 */
export function nearestLevels(
  { n, levels, starts }: Pick<Instance, "n" | "levels" | "starts">,
  values: ArrayLike<number>,
  draw: () => number = () => 0.5,
): Int32Array {
  return Int32Array.from({ length: n }, (_, j) => {
    let upper = starts[j];
    while (upper < starts[j + 1] && levels[upper] < values[j]) upper++;
    const first = upper - starts[j];
    if (first === 0) return 0;
    if (upper === starts[j + 1]) return first - 1;
    const share = (values[j] - levels[upper - 1]) / (levels[upper] - levels[upper - 1]);
    return draw() < share ? first : first - 1;
  });
}

/** The values of levels. */
export function valuesOf({ n, levels, starts }: Instance, indices: Int32Array): Float64Array {
  return Float64Array.from({ length: n }, (_, j) => levels[starts[j] + indices[j]]);
}
