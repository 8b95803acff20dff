/** Sensitivity indices of functions with independent inputs. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";
import type { Integrand } from "./base.ts";

/** Quantities made of several integrals, with bounds made of theirs. */
export interface Combination {
  /** Number of quantities. */
  readonly outputs: number;
  readonly names: readonly string[];
  /** The quantities of given integrals. */
  value(means: ArrayLike<number>): Float64Array;
  /** Bounds of the quantities from bounds of the integrals. */
  bounds(low: ArrayLike<number>, high: ArrayLike<number>): { low: Float64Array; high: Float64Array };
  /** Which integrals quantity k needs. */
  needs(k: number): readonly number[];
}

/** Options of {@link sensitivityIndices}. */
export interface SensitivityOptions {
  readonly of: Integrand;
  /** Sets of coordinates; all single coordinates when left out. */
  readonly sets?: readonly (readonly number[])[];
}

/** An integrand in 2 d coordinates and what to make of its integrals. */
export interface SensitivityProblem {
  readonly integrand: Integrand;
  readonly combined: Combination;
}

/**
 * Closed and total sensitivity indices of sets u of coordinates.
 *
 * With independent x and z, f_u = f(x_u, z_-u): the closed index is E f(x) (f_u - f(z)) / V and the total index, by Jansen,
 * E (f(z) - f_u)^2 / (2 V), V = E f^2 - (E f)^2. The integrand has 2 d coordinates and values for the numerators, E f and
 * E f^2; the combination divides bounds as intervals, cut to [0, 1].
 *
 * Sources: I. M. Sobol', Math. Comput. Simul. 55 (2001); M. J. W. Jansen, Comput. Phys. Commun. 117 (1999).
 * @throws ArgumentError for functions with several values and sets that are empty, full or outside the coordinates
 */
export function sensitivityIndices(options: SensitivityOptions): SensitivityProblem {
  const name = "sensitivityIndices";
  checkOptions(name, options, ["of", "sets"]);
  const { of } = options;
  const d = of.dimension;
  if (of.outputs !== 1) {
    throw new ArgumentError(`${name}: the function must have one value (got ${of.outputs}, expected 1).`);
  }
  const sets = options.sets ?? Array.from({ length: d }, (_, j) => [j]);
  sets.forEach((set) => {
    checkInteger(name, "the size of a set", set.length, 1, Math.max(1, d - 1));
    for (const j of set) checkInteger(name, "a coordinate", j, 0, d - 1);
  });
  checkInteger(name, "the number of sets", sets.length, 1);
  const count = sets.length;
  const outputs = 2 * count + 2;
  const members = sets.map((set) => Array.from({ length: d }, (_, j) => set.includes(j)));
  return {
    integrand: {
      name: `sensitivity of ${of.name}`,
      dimension: 2 * d,
      outputs,
      async evaluate(u, active) {
        const n = u.length / (2 * d);
        const pick = (member: readonly boolean[]): Float64Array =>
          Float64Array.from({ length: n * d }, (_, k) => {
            const [i, j] = [Math.floor(k / d), k % d];
            return u[i * 2 * d + (member[j] ? j : d + j)];
          });
        const x = await of.evaluate(pick(new Array<boolean>(d).fill(true)));
        const z = await of.evaluate(pick(new Array<boolean>(d).fill(false)));
        const out = new Float64Array(n * outputs);
        for (let s = 0; s < count; s++) {
          if (active !== undefined && !active[s] && !active[count + s]) continue;
          const mixed = await of.evaluate(pick(members[s]));
          for (let i = 0; i < n; i++) {
            out[i * outputs + s] = x[i] * (mixed[i] - z[i]);
            out[i * outputs + count + s] = (z[i] - mixed[i]) ** 2 / 2;
          }
        }
        for (let i = 0; i < n; i++) {
          out[i * outputs + 2 * count] = x[i];
          out[i * outputs + 2 * count + 1] = x[i] * x[i];
        }
        return out;
      },
    },
    combined: divisionByVariance(sets, count),
  };
}

function divisionByVariance(sets: readonly (readonly number[])[], count: number): Combination {
  const names = [...sets.map((set) => `closed ${set.join(",")}`), ...sets.map((set) => `total ${set.join(",")}`)];
  return {
    outputs: 2 * count,
    names,
    value(means) {
      const variance = means[2 * count + 1] - means[2 * count] ** 2;
      return Float64Array.from({ length: 2 * count }, (_, k) => Math.min(1, Math.max(0, means[k] / variance)));
    },
    bounds(low, high) {
      const [a, b] = [low[2 * count], high[2 * count]];
      const least = a <= 0 && b >= 0 ? 0 : Math.min(a * a, b * b);
      const variance = [low[2 * count + 1] - Math.max(a * a, b * b), high[2 * count + 1] - least];
      const out = { low: new Float64Array(2 * count), high: new Float64Array(2 * count).fill(1) };
      for (let k = 0; k < 2 * count; k++) {
        // Nothing is known as long as the variance may be 0.
        if (!(variance[0] > 0)) continue;
        out.low[k] = Math.min(1, Math.max(0, low[k] / (low[k] >= 0 ? variance[1] : variance[0])));
        out.high[k] = Math.min(1, Math.max(0, high[k] / (high[k] >= 0 ? variance[0] : variance[1])));
      }
      return out;
    },
    needs: (k) => [k, 2 * count, 2 * count + 1],
  };
}
