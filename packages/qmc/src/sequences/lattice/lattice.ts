/** Rank-1 lattices. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkChoice, checkInteger } from "../../check.ts";
import { COOLS_KUO_NUYENS } from "../../citation.ts";
import { defaultLatticeVector } from "../../tables/latticeVectors.ts";
import { randomUniforms, requireKey } from "../../words.ts";
import { commonOptions, makeSequence, type CommonOptions, type Sequence } from "../base.ts";
import { latticeBlocks, latticePoints } from "./generate.ts";

/** Options of {@link lattice}. */
export interface LatticeOptions extends CommonOptions {
  /** Number of coordinates d. */
  readonly dimension: number;
  /** Generating vector, at least d integers in [1, 2^32); the first 3600 components of Kuo's 33002 when left out. */
  readonly vector?: ArrayLike<number>;
  /**
   * `"natural"` (the default): point i is frac(phi(i) z) with phi the radical inverse in base 2, extensible.
   * `"gray"`: the same visited at i ^ (i >> 1). `"linear"`: frac(i z / n) for a fixed number n of points.
   */
  readonly order?: "natural" | "gray" | "linear";
  /** Number n of points of the linear order. */
  readonly size?: number;
  /** Key of a random shift modulo 1. */
  readonly key?: Key;
  /** A given shift in [0, 1) for each coordinate, instead of a key. */
  readonly shift?: ArrayLike<number>;
}

/** A rank-1 lattice. */
export interface Lattice extends Sequence {
  readonly kind: "lattice";
  readonly order: "natural" | "gray" | "linear";
}

/**
 * A rank-1 lattice with generating vector z: points frac(phi z + shift), computed in integers, so that the unshifted
 * coordinates are exact.
 *
 * The built-in vector is good for 2^10 to 2^20 points and refuses more. Shape [n, d]. Cost O(n d).
 * @throws ArgumentError for options outside their ranges or more points than the vector is made for
 * Source: R. Cools, F. Y. Kuo, D. Nuyens, SIAM J. Sci. Comput. 28 (2006).
 */
export function lattice(options: LatticeOptions): Lattice {
  const name = "lattice";
  checkOptions(name, options, ["dimension", "vector", "order", "size", "key", "shift", "dtype", "replications"]);
  checkInteger(name, "dimension", options.dimension, 1);
  const d = options.dimension;
  const order = options.order ?? "natural";
  checkChoice(name, "order", order, ["natural", "gray", "linear"]);
  const vector = options.vector ?? defaultLatticeVector();
  if (vector.length < d) {
    throw new ArgumentError(
      `${name}: the generating vector is too short (got ${vector.length} components, expected at least ${d}).` +
        (options.vector === undefined ? ' Pass vector: await loadLatticeVector("kuo-33002") for up to 9125.' : ""),
    );
  }
  const z = Float64Array.from({ length: d }, (_, j) => vector[j]);
  z.forEach((component, j) => {
    checkInteger(name, `component ${j} of the generating vector`, component, 1, 4294967295);
  });
  if ((order === "linear") !== (options.size !== undefined)) {
    throw new ArgumentError(
      `${name}: the linear order, and no other, needs the number of points (got order "${order}" and size ${String(options.size)}, expected both or neither).`,
    );
  }
  // i z stays below 2^53.
  if (options.size !== undefined) checkInteger(name, "size", options.size, 1, 2 ** 21);
  const common = commonOptions(name, options);
  const shifts = shiftsOf(name, options, d, common.replications);
  const most = options.vector === undefined ? 2 ** 20 : 2 ** 32;
  const n = options.size;
  if (n !== undefined && n > most) {
    throw new ArgumentError(
      `${name}: the built-in vector is made for fewer points (got size ${n}, expected at most ${most}).`,
    );
  }

  const blocks = latticeBlocks(z, n, order === "gray");
  const sequence = makeSequence({
    name,
    dimension: d,
    ...common,
    limit: n ?? most,
    citations: [COOLS_KUO_NUYENS],
    make: (first, end, which, axes) =>
      latticePoints(
        blocks,
        which.map((r) => shifts[r]),
        common.dtype,
        first,
        end,
        axes,
      ),
  });
  return { ...sequence, kind: "lattice", order };
}

function shiftsOf(
  name: string,
  options: LatticeOptions,
  d: number,
  replications: number | undefined,
): readonly Float64Array[] {
  const { key, shift } = options;
  if (key !== undefined && shift !== undefined) {
    throw new ArgumentError(`${name}: the shift is given twice (got a key and a shift, expected one of them).`);
  }
  if (key !== undefined) {
    requireKey(name, key, "a random shift");
    return Array.from({ length: replications ?? 1 }, (_, r) => randomUniforms(key.fold(r), d));
  }
  if ((replications ?? 1) > 1) {
    throw new ArgumentError(
      `${name}: replications of one lattice are all alike (got ${replications} without a key, expected a key).`,
    );
  }
  if (shift === undefined) return [new Float64Array(d)];
  if (shift.length !== d) {
    throw new ArgumentError(`${name}: the shift has the wrong length (got ${shift.length}, expected ${d}).`);
  }
  const given = Float64Array.from(shift);
  given.forEach((x, j) => {
    if (!(x >= 0 && x < 1)) {
      throw new ArgumentError(`${name}: the shift is out of range (got ${x} for coordinate ${j}, expected [0, 1)).`);
    }
  });
  return [given];
}
