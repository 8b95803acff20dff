/** The grid spectral mixture product kernel. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkFinite, checkInteger, checkNumber, checkPositive } from "../check.ts";

/** Options of {@link gsmpGrid}. */
export interface GsmpGridOptions {
  /** Number P of inputs. */
  readonly dimension: number;
  /** Number A of components; 500 for one input, 100 P for more when left out. */
  readonly components?: number;
  /** Largest frequency; 0.5 when left out, for inputs one apart. */
  readonly highest?: number;
  /** Standard deviation of every component; 0.001 when left out. */
  readonly deviation?: number;
}

/** Options of {@link gsmpKernel}. */
export interface GsmpOptions {
  /** Mean frequencies, A lists of P numbers. */
  readonly frequencies: readonly ArrayLike<number>[];
  /** Standard deviations of the frequencies, A lists of P numbers >= 0. */
  readonly deviations: readonly ArrayLike<number>[];
}

/** A family of kernels of which a model takes a non-negative combination. */
export interface GsmpKernel {
  readonly dimension: number;
  readonly components: number;
  /** K_q(x, x') for n points x and m points x': A arrays of n m numbers. Cost O(n m A P). */
  between(x: readonly ArrayLike<number>[], z: readonly ArrayLike<number>[]): Float64Array[];
}

/**
 * The kernels of a grid of frequencies: component q has the frequency q highest / (A - 1) in every input, so that their number grows
 * with P and not with its power.
 * @throws ArgumentError for options outside their ranges
 */
export function gsmpGrid(options: GsmpGridOptions): GsmpKernel {
  const name = "gsmpGrid";
  checkOptions(name, options, ["dimension", "components", "highest", "deviation"]);
  checkInteger(name, "dimension", options.dimension, 1);
  const { dimension, highest = 0.5, deviation = 0.001 } = options;
  const components = options.components ?? (dimension === 1 ? 500 : 100 * dimension);
  checkInteger(name, "components", components, 1);
  checkPositive(name, "highest", highest);
  checkNumber(name, "deviation", deviation, 0);
  const step = components === 1 ? 0 : highest / (components - 1);
  return gsmpKernel({
    frequencies: Array.from({ length: components }, (_, q) => new Float64Array(dimension).fill(q * step)),
    deviations: Array.from({ length: components }, () => new Float64Array(dimension).fill(deviation)),
  });
}

/**
 * K_q(x, x') = prod_p exp(-2 pi^2 s_qp^2 (x_p - x'_p)^2) cos(2 pi mu_qp (x_p - x'_p)).
 * @throws ArgumentError for lists that do not fit together
 * Source: R. C. Suwandi, Z. Lin, F. Yin, Z. Wang, S. Theodoridis, arXiv 2309.08201.
 */
export function gsmpKernel(options: GsmpOptions): GsmpKernel {
  const name = "gsmpKernel";
  checkOptions(name, options, ["frequencies", "deviations"]);
  const { frequencies, deviations } = options;
  checkInteger(name, "the number of components", frequencies.length, 1);
  const dimension = frequencies[0].length;
  checkInteger(name, "the dimension", dimension, 1);
  if (
    deviations.length !== frequencies.length ||
    [...frequencies, ...deviations].some((row) => row.length !== dimension)
  ) {
    throw new ArgumentError(
      `${name}: frequencies and deviations do not fit (got ${frequencies.length} and ${deviations.length} lists, expected as many of ` +
        `${dimension} numbers).`,
    );
  }
  for (const row of frequencies) checkFinite(name, "a frequency", row);
  for (const row of deviations) {
    checkFinite(name, "a deviation", row);
    for (let p = 0; p < dimension; p++) checkNumber(name, "a deviation", row[p], 0);
  }
  return {
    dimension,
    components: frequencies.length,
    between(x, z) {
      for (const point of [...x, ...z]) {
        if (point.length !== dimension) {
          throw new ArgumentError(
            `${name}.between: a point has the wrong length (got ${point.length}, expected ${dimension}).`,
          );
        }
      }
      const m = z.length;
      return frequencies.map((mu, q) => {
        const out = new Float64Array(x.length * m);
        for (let i = 0; i < x.length; i++) {
          for (let k = 0; k < m; k++) {
            let square = 0;
            let product = 1;
            for (let p = 0; p < dimension; p++) {
              const gap = x[i][p] - z[k][p];
              square += (deviations[q][p] * gap) ** 2;
              product *= Math.cos(2 * Math.PI * mu[p] * gap);
            }
            out[i * m + k] = product * Math.exp(-2 * Math.PI * Math.PI * square);
          }
        }
        return out;
      });
    },
  };
}
