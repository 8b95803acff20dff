/** Functions on the unit cube whose integrals are wanted. */
import { AnsatzError, ArgumentError, checkOptions, isTensor, tensor, type Tensor } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";
import type { Measure } from "../measures/base.ts";
import { importanceSample } from "../measures/compose.ts";
import { uniformMeasure } from "../measures/product.ts";

/** A function on the unit cube with one or several values. */
export interface Integrand {
  readonly name: string;
  /** Number d of coordinates. */
  readonly dimension: number;
  /** Number of values at each point. */
  readonly outputs: number;
  /** The integral of each value, where it is known. */
  readonly exact?: readonly number[];
  /**
   * n outputs values at n points (n d numbers in the unit cube), point by point.
   * @param active outputs that are still needed; others may be left 0
   */
  evaluate(u: Float64Array, active?: readonly boolean[]): Float64Array | Promise<Float64Array>;
}

/** Options of {@link integrand}; exactly one of `f` and `batched` is given. */
export interface IntegrandOptions {
  readonly dimension: number;
  /** A function of one point: a number, or `outputs` numbers. The array is used again for the next point. */
  readonly f?: (x: Float64Array) => number | ArrayLike<number>;
  /** A function of n points at once: a tensor [n, d] (f64) to a tensor [n] or [n, outputs]. */
  readonly batched?: (x: Tensor) => Tensor;
  /** 1 when left out. */
  readonly outputs?: number;
  /** The measure whose expectation of f is wanted; the uniform one on the unit cube when left out. */
  readonly measure?: Measure;
  /**
   * Measures whose transforms, one after another, make the points instead of the measure's own: importance sampling, see
   * {@link importanceSample}. All but the last must have their values in the unit cube. Where the measure has no density, f does not
   * count.
   */
  readonly samplers?: readonly Measure[];
  readonly exact?: readonly number[];
  readonly name?: string;
}

/**
 * An integrand from a user's function.
 * @throws ArgumentError for options that do not fit; while evaluating, for results of another size. An error of the function
 * itself comes through with the point in its message.
 */
export function integrand(options: IntegrandOptions): Integrand {
  const where = "integrand";
  checkOptions(where, options, ["dimension", "f", "batched", "outputs", "measure", "samplers", "exact", "name"]);
  checkInteger(where, "dimension", options.dimension, 1);
  const { dimension: d, f, batched, outputs = 1, measure, samplers, exact, name = "integrand" } = options;
  checkInteger(where, "outputs", outputs, 1);
  if ((f === undefined) === (batched === undefined)) {
    throw new ArgumentError(
      `${where}: the function is not clear (got ${f === undefined ? "neither" : "both"} f and batched, expected one of them).`,
    );
  }
  if (measure !== undefined && measure.dimension !== d) {
    throw new ArgumentError(`${where}: the measure has another dimension (got ${measure.dimension}, expected ${d}).`);
  }
  if (exact !== undefined && exact.length !== outputs) {
    throw new ArgumentError(`${where}: exact has the wrong length (got ${exact.length}, expected ${outputs}).`);
  }
  if (samplers?.some(({ dimension }) => dimension !== d) ?? false) {
    throw new ArgumentError(
      `${where}: a sampler has another dimension (got ${samplers?.map(({ dimension }) => dimension).join(", ")}, expected ${d}).`,
    );
  }
  const values =
    batched === undefined
      ? (x: Float64Array) => evaluateEach(name, f as NonNullable<typeof f>, x, d, outputs)
      : (x: Float64Array) => evaluateBatch(name, batched, x, d, outputs);
  const common = { name, dimension: d, outputs, exact };
  if (samplers === undefined) {
    return { ...common, evaluate: (u) => values(measure === undefined ? u : measure.transform(u)) };
  }
  const target = measure ?? uniformMeasure({ dimension: d });
  return {
    ...common,
    async evaluate(u) {
      const { x, weights } = importanceSample({ target, samplers }, u);
      return (await values(x)).map((value, i) => {
        const weight = weights[Math.floor(i / outputs)];
        return weight === 0 ? 0 : weight * value;
      });
    },
  };
}

function evaluateEach(
  name: string,
  f: (x: Float64Array) => number | ArrayLike<number>,
  x: Float64Array,
  d: number,
  outputs: number,
): Float64Array {
  const n = x.length / d;
  const out = new Float64Array(n * outputs);
  const point = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) point[j] = x[i * d + j];
    let value: number | ArrayLike<number>;
    try {
      value = f(point);
    } catch (error) {
      throw new AnsatzError(
        "integrand",
        `${name}: the function failed at x = [${Array.from(x.subarray(i * d, i * d + d)).join(", ")}] (${(error as Error).message}).`,
        { cause: error },
      );
    }
    if (typeof value === "number") {
      if (outputs !== 1) throw wrongSize(name, 1, outputs);
      out[i] = value;
    } else {
      if (value?.length !== outputs) throw wrongSize(name, value?.length, outputs);
      for (let k = 0; k < outputs; k++) out[i * outputs + k] = value[k];
    }
  }
  return out;
}

async function evaluateBatch(
  name: string,
  batched: (x: Tensor) => Tensor,
  x: Float64Array,
  d: number,
  outputs: number,
): Promise<Float64Array> {
  const n = x.length / d;
  const input = tensor(x, { shape: [n, d] });
  const result = batched(input);
  if (!isTensor(result) || result.size !== n * outputs || result.shape[0] !== n) {
    const got = isTensor(result) ? `shape [${result.shape.join(", ")}]` : String(result);
    throw new ArgumentError(
      `${name}: batched gave no fitting tensor (got ${got}, expected shape [${n}${outputs === 1 ? "" : `, ${outputs}`}]).`,
    );
  }
  const values = Float64Array.from((await result.data()) as Float64Array);
  if (result !== input) result.dispose();
  input.dispose();
  return values;
}

function wrongSize(name: string, got: number | undefined, expected: number): ArgumentError {
  return new ArgumentError(
    `${name}: the function gave another number of values (got ${String(got)}, expected ${expected}).`,
  );
}
