/** Sequences in any base: Halton, Faure, generating matrices over F_b. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkChoice, checkInteger } from "../../check.ts";
import { FAURE, HALTON, MATOUSEK, NIEDERREITER, OWEN, type Citation } from "../../citation.ts";
import { requireKey } from "../../words.ts";
import {
  commonOptions,
  cutSingles,
  makeSequence,
  type Axes,
  type CommonOptions,
  type Sequence,
  type SequenceParts,
} from "../base.ts";
import { digitWriter, linearWriter, type CoordinateWriter } from "./coordinate.ts";
import * as maps from "./digitMaps.ts";
import { nestedMap, nestedWriter } from "./nested.ts";
import { positionCoordinate, positionPoints, type PositionCoordinate } from "./generate.ts";
import { isPrime, primeFrom, primes } from "./primes.ts";

/** Given numbers instead of a key; one entry for each coordinate. */
export interface GivenDigits {
  /** A permutation of the digits for each position. */
  readonly permutations?: readonly (readonly ArrayLike<number>[])[];
  /** Rows of a scrambling matrix, applied to the digits after the generating matrix. */
  readonly matrices?: readonly (readonly ArrayLike<number>[])[];
  /** A digit for each position, added last. */
  readonly shift?: readonly ArrayLike<number>[];
  /** Multipliers in 1 … b - 1 of the digits (generalised Halton sequences). */
  readonly multipliers?: readonly number[];
}

/**
 * How digits are randomised: not at all; by permutations for each position (`"dp"`, the default with a key); by digital shifts;
 * by linear matrix scrambles, without or with a shift; by nested uniform scrambling; or by given numbers.
 */
export type DigitScramble = "none" | "dp" | "ds" | "lms" | "lms-ds" | "nus" | GivenDigits;

/** Options of sequences in any base. */
export interface DigitOptions extends CommonOptions {
  readonly key?: Key;
  /** See {@link DigitScramble}. */
  readonly scramble?: DigitScramble;
  /** Number T of digits; as many as 52 bits hold when left out. */
  readonly digits?: number;
}

const DIGIT_OPTIONS = ["key", "scramble", "digits", "dtype", "replications"];

/** Options of {@link halton}. */
export interface HaltonOptions extends DigitOptions {
  /** Number of coordinates d: the first d primes are the bases. */
  readonly dimension?: number;
  /** Which coordinates to take (from 0) instead of the first. */
  readonly coordinates?: readonly number[];
}

/**
 * The Halton sequence: coordinate j of point i is the radical inverse of i in the j-th prime.
 *
 * With T digits the sequence has at least 2^31 points in every base below 2^21. Cost O(n d) for position-wise scrambles,
 * O(n d T^2) for linear ones, O(n d T b) for nested ones.
 * @throws ArgumentError for options outside their ranges
 * Source: J. H. Halton, Numer. Math. 2 (1960).
 */
export function halton(options: HaltonOptions): Sequence {
  checkOptions("halton", options, [...DIGIT_OPTIONS, "dimension", "coordinates"]);
  if ((options.dimension === undefined) === (options.coordinates === undefined)) {
    throw new ArgumentError(
      `halton: what to generate is not clear (got ${options.dimension === undefined ? "neither" : "both"} dimension and coordinates, expected one of them).`,
    );
  }
  let { coordinates } = options;
  if (coordinates === undefined) {
    checkInteger("halton", "dimension", options.dimension, 1, 100000);
    coordinates = Array.from({ length: options.dimension as number }, (_, j) => j);
  }
  for (const coordinate of coordinates) checkInteger("halton", "a coordinate", coordinate, 0, 99999);
  const all = primes(coordinates.reduce((a, b) => Math.max(a, b), 0) + 1);
  const bases = coordinates.map((j) => all[j]);
  return makeDigital("halton", bases, undefined, options, [HALTON]);
}

/** Options of {@link faure}. */
export interface FaureOptions extends DigitOptions {
  readonly dimension: number;
  /** A prime >= dimension; the least one when left out. */
  readonly base?: number;
}

/**
 * The Faure sequence: a (0, d)-sequence in one prime base b >= d; generating matrix j is the j-th power of Pascal's matrix.
 * @throws ArgumentError for a base that is no prime or below the dimension
 * Source: H. Faure, Acta Arith. 41 (1982).
 */
export function faure(options: FaureOptions): Sequence {
  checkOptions("faure", options, [...DIGIT_OPTIONS, "dimension", "base"]);
  checkInteger("faure", "dimension", options.dimension, 1, 10000);
  const base = options.base ?? primeFrom(options.dimension);
  checkInteger("faure", "base", base, 2);
  if (!isPrime(base) || base < options.dimension) {
    throw new ArgumentError(`faure: the base is not fit (got ${base}, expected a prime >= ${options.dimension}).`);
  }
  const digits = options.digits ?? maps.digitCount(base);
  checkInteger("faure", "digits", digits, 1, maps.digitCount(base));
  const matrices = Array.from({ length: options.dimension }, (_, j) => pascalPower(j, base, digits));
  return makeDigital(
    "faure",
    matrices.map(() => base),
    matrices,
    options,
    [FAURE],
  );
}

/** Power p of the upper triangular Pascal matrix modulo b: entry (r, c) is binomial(c, r) p^(c - r). */
function pascalPower(power: number, base: number, size: number): number[][] {
  const matrix = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
  for (let c = 0; c < size; c++) {
    for (let r = 0; r <= c; r++) {
      const above = c === 0 ? 1 : (r > 0 ? matrix[r - 1][c - 1] : 0) + power * (r < c ? matrix[r][c - 1] : 0);
      matrix[r][c] = above % base;
    }
  }
  return matrix;
}

/** Options of {@link digitalSequence}. */
export interface DigitalSequenceOptions extends DigitOptions {
  /** Prime bases, one for each coordinate. */
  readonly bases: readonly number[];
  /** T x T generating matrices, rows first, one for each coordinate; the identity when left out. */
  readonly matrices?: readonly (readonly ArrayLike<number>[])[];
}

/**
 * The digital sequence of given matrices: the digits of coordinate j are C_j times the digits of the index, modulo b_j.
 * @throws ArgumentError for bases that are no primes and matrices that do not fit
 */
export function digitalSequence(options: DigitalSequenceOptions): Sequence {
  checkOptions("digitalSequence", options, [...DIGIT_OPTIONS, "bases", "matrices"]);
  if (options.bases.length === 0) {
    throw new ArgumentError("digitalSequence: there are no coordinates (got no bases, expected at least one).");
  }
  return makeDigital("digitalSequence", options.bases, options.matrices, options, [NIEDERREITER]);
}

function makeDigital(
  name: string,
  bases: readonly number[],
  matrices: readonly (readonly ArrayLike<number>[])[] | undefined,
  options: DigitOptions,
  citations: readonly Citation[],
): Sequence {
  const common = commonOptions(name, options);
  const scramble = options.scramble ?? (options.key === undefined ? "none" : "dp");
  if (typeof scramble === "object") {
    checkOptions(`${name}.scramble`, scramble, ["permutations", "matrices", "shift", "multipliers"]);
    if (options.key !== undefined || (common.replications ?? 1) > 1) {
      throw new ArgumentError(
        `${name}: a given scramble takes neither a key nor replications (got one, expected the numbers alone).`,
      );
    }
  } else {
    checkChoice(name, "scramble", scramble, ["none", "dp", "ds", "lms", "lms-ds", "nus"]);
    if (scramble !== "none") requireKey(name, options.key, `scramble "${scramble}"`);
    else if (options.key !== undefined || (common.replications ?? 1) > 1) {
      throw new ArgumentError(
        `${name}: a key or replications are of no use without scrambling (got scramble "none", expected another).`,
      );
    }
  }
  const counts = bases.map((base, j) => {
    checkInteger(name, "a base", base, 2, 2 ** 26);
    if (!isPrime(base)) throw new ArgumentError(`${name}: a base is no prime (got ${base}, expected 2, 3, 5 …).`);
    const most = maps.digitCount(base);
    const digits = matrices === undefined ? (options.digits ?? most) : matrices[j].length;
    if (options.digits !== undefined) checkInteger(name, "digits", options.digits, 1);
    return Math.min(digits, most);
  });
  if (matrices !== undefined) checkMatrices(name, matrices, counts, bases, options.digits);

  const makers = Array.from({ length: common.replications ?? 1 }, (_, r) =>
    bases.map((base, j) => {
      const key = options.key?.fold(r).fold(j);
      const matrix = matrices?.[j];
      if (scramble === "nus" && matrix === undefined) return nestedWriter(digitKeys(key)[1], base, counts[j]);
      const map = digitMapOf(name, scramble, key, base, counts[j], j, bases.length);
      if (matrix === undefined && "table" in map) return positionCoordinate(map, base, counts[j]);
      if ("table" in map)
        return linearWriter({ matrix: matrix as readonly ArrayLike<number>[], shift: undefined }, map, base, counts[j]);
      if ("matrix" in map) {
        return linearWriter(matrix === undefined ? map : maps.compose(map, matrix, base), undefined, base, counts[j]);
      }
      if (matrix === undefined) return digitWriter(map, base, counts[j]);
      return digitWriter(maps.chain(maps.linear(base, { matrix, shift: undefined }), map, counts[j]), base, counts[j]);
    }),
  );
  // Coordinates are of one kind: it depends on the scramble, and on whether there are matrices.
  const kind =
    typeof makers[0][0] === "function"
      ? { write: writeAll(makers as CoordinateWriter[][]) }
      : {
          make: (first: number, end: number, which: readonly number[], axes: Axes) =>
            positionPoints(
              which.map((r) => makers[r] as PositionCoordinate[]),
              common.dtype,
              first,
              end,
              axes,
            ),
        };
  return makeSequence({
    name,
    dimension: bases.length,
    ...common,
    limit: Math.min(2 ** 53 - 1, ...bases.map((base, j) => base ** counts[j])),
    citations: [...citations, ...scrambleCitations(scramble)],
    ...kind,
  });
}

function writeAll(writers: readonly (readonly CoordinateWriter[])[]): NonNullable<SequenceParts["write"]> {
  const d = writers[0].length;
  return (target, offset, first, end, replication) => {
    // Tiles keep the lines of the target in the cache while the coordinates are written one after another.
    const tile = Math.max(16, Math.ceil(4096 / d));
    for (let at = first; at < end; at += tile) {
      const stop = Math.min(end, at + tile);
      writers[replication].forEach((write, j) => {
        write(target, offset + (at - first) * d + j, d, at, stop);
      });
    }
    if (target instanceof Float32Array) cutSingles(target, offset, offset + (end - first) * d);
  };
}

function checkMatrices(
  name: string,
  matrices: readonly (readonly ArrayLike<number>[])[],
  counts: readonly number[],
  bases: readonly number[],
  digits: number | undefined,
): void {
  if (matrices.length !== bases.length) {
    throw new ArgumentError(
      `${name}: the matrices do not fit the bases (got ${matrices.length}, expected ${bases.length}).`,
    );
  }
  matrices.forEach((matrix, j) => {
    const size = matrix.length;
    if (size !== counts[j] || (digits !== undefined && digits !== size)) {
      throw new ArgumentError(
        `${name}: a matrix has the wrong size (got ${size} rows for coordinate ${j}, expected ${digits ?? `1 to ${counts[j]}`}).`,
      );
    }
    for (const row of matrix) {
      if (row.length !== size || Array.from(row).some((x) => !(Number.isInteger(x) && x >= 0 && x < bases[j]))) {
        throw new ArgumentError(
          `${name}: a matrix is not one of ${size} x ${size} digits (got a bad row for coordinate ${j}, expected integers from 0 to ${bases[j] - 1}).`,
        );
      }
    }
  });
}

/** Keys of a coordinate for a matrix and for what is done to the digits. */
const digitKeys = (key: Key | undefined): readonly Key[] => (key as Key).split(2);

function digitMapOf(
  name: string,
  scramble: DigitScramble,
  key: Key | undefined,
  base: number,
  digits: number,
  j: number,
  dimension: number,
): maps.PositionMap | maps.LinearMap | maps.DigitMap {
  if (typeof scramble === "object") return givenMap(name, scramble, base, digits, j, dimension);
  if (scramble === "none") return maps.identityMap(base, digits);
  const [forMatrix, forDigits] = digitKeys(key);
  const shift = scramble === "lms" ? undefined : maps.randomDigits(forDigits, base, digits);
  if (scramble === "ds") return maps.affineMap(base, digits, 1, shift as number[]);
  if (scramble === "dp") return maps.permutationMap(base, digits, maps.randomPermutations(forDigits, base, digits));
  if (scramble === "nus") return nestedMap(forDigits, base, digits);
  return { matrix: maps.randomTriangle(forMatrix, base, digits), shift };
}

function givenMap(
  name: string,
  given: GivenDigits,
  base: number,
  digits: number,
  j: number,
  dimension: number,
): maps.PositionMap | maps.LinearMap | maps.DigitMap {
  for (const list of [given.permutations, given.matrices, given.shift, given.multipliers]) {
    if (list !== undefined && list.length !== dimension) {
      throw new ArgumentError(`${name}: a scramble has the wrong length (got ${list.length}, expected ${dimension}).`);
    }
  }
  const shift = given.shift?.[j] ?? new Array<number>(digits).fill(0);
  const kinds = [given.permutations, given.matrices, given.multipliers].filter((list) => list !== undefined).length;
  if (kinds > 1 || (given.permutations !== undefined && given.shift !== undefined)) {
    throw new ArgumentError(
      `${name}: a scramble is of one kind (got several, expected permutations, matrices or multipliers).`,
    );
  }
  if (shift.length < digits) {
    throw new ArgumentError(`${name}: a shift is too short (got ${shift.length} digits, expected ${digits}).`);
  }
  if (given.permutations !== undefined) {
    const permutations = given.permutations[j];
    const fits = permutations.length >= digits && permutations.every((p) => isPermutation(p, base));
    if (!fits) {
      throw new ArgumentError(
        `${name}: not permutations of the digits (got a bad list for coordinate ${j}, expected ${digits} permutations of 0 … ${base - 1}).`,
      );
    }
    return maps.permutationMap(base, digits, permutations);
  }
  if (given.matrices === undefined) {
    const factor = given.multipliers?.[j] ?? 1;
    checkInteger(name, "a multiplier", factor, 1, base - 1);
    return maps.affineMap(base, digits, factor, shift);
  }
  const matrix = given.matrices[j];
  if (matrix.length !== digits || matrix.some((row) => row.length !== digits)) {
    throw new ArgumentError(
      `${name}: a scrambling matrix has the wrong size (got ${matrix.length} rows, expected ${digits} x ${digits}).`,
    );
  }
  return { matrix, shift };
}

function isPermutation(list: ArrayLike<number>, base: number): boolean {
  return (
    list.length === base &&
    new Set(Array.from(list).filter((x) => Number.isInteger(x) && x >= 0 && x < base)).size === base
  );
}

function scrambleCitations(scramble: DigitScramble): Citation[] {
  if (scramble === "lms" || scramble === "lms-ds") return [MATOUSEK];
  return scramble === "nus" ? [OWEN] : [];
}
