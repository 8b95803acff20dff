/** Digital nets in base 2 and their randomisations. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkChoice, checkInteger, checkLength } from "../../check.ts";
import { DICK, LAINE_KARRAS, MATOUSEK, NIEDERREITER, OWEN, type Citation } from "../../citation.ts";
import { requireKey } from "../../words.ts";
import { commonOptions, makeSequence, type CommonOptions, type Sequence } from "../base.ts";
import { prepareBlocks, type Words } from "./blocks.ts";
import { netPoints, netWords, type Cell, type KernelNet } from "./generate.ts";
import { givenRows, randomRows, randomShift, scrambleMatrices, type ScrambleRows } from "./linear.ts";
import { interlace, matricesFromIntegers, storeInteger, withBits, type NetMatrices } from "./matrices.ts";
import { nestedTables, reverse32 } from "./nusHash.ts";
import { threefryFlips, type NusFlips } from "./nusTree.ts";
import { applySteps, writeNumbers, type WordSteps } from "./wordSteps.ts";

/** A randomisation with given numbers instead of a key. Integers above 2^53 are bigints. */
export interface GivenScramble {
  /** For each coordinate (before interlacing) the rows of a scrambling matrix; the first column is the most significant bit. */
  readonly matrices?: readonly (readonly (number | bigint)[])[];
  /** For each coordinate of the result an integer of `bits` digits. */
  readonly shift?: readonly (number | bigint)[];
  /** Flips of nested scrambling, before interlacing. */
  readonly flips?: NusFlips;
}

/**
 * How a net is randomised: not at all; by a digital shift; by a linear matrix scramble; by both (the default with a key); by
 * nested uniform scrambling with hashed flips, or with a Threefry bit for each node (slow); or by given numbers.
 */
export type NetScramble = "none" | "ds" | "lms" | "lms-ds" | "nus" | "nus-tree" | GivenScramble;

/** Options of every net in base 2. */
export interface NetOptions extends CommonOptions {
  /** Key of the randomisation. */
  readonly key?: Key;
  /** See {@link NetScramble}; `"lms-ds"` with a key, `"none"` without. */
  readonly scramble?: NetScramble;
  /** `"natural"` (the default) or `"gray"`: the same points blockwise, in the order of the Gray code. */
  readonly order?: "natural" | "gray";
  /** Binary digits of the coordinates, 1 to 64; 32, or 53 for interlaced nets, when left out. */
  readonly bits?: number;
  /** Interlacing factor alpha of higher-order nets, 1 to 8; 1 when left out. */
  readonly alpha?: number;
  /**
   * Whether a coordinate is the lower end of its cell of 2^-bits (`"corner"`, the default) or its middle (`"centre"`, never 0).
   * Where the middle needs more digits than the dtype has, the cell is widened to 2^-52 (f64) or 2^-23 (f32).
   */
  readonly cell?: "corner" | "centre";
}

/** A digital net in base 2. */
export interface DigitalNet extends Sequence {
  readonly kind: "net";
  readonly bits: number;
  readonly order: "natural" | "gray";
  readonly alpha: number;
  /** Whether point i plus point 0 (digitwise) depends on i as a linear map: true but for nested scrambling. */
  readonly linear: boolean;
  /**
   * Points first, …, end - 1 as fractions of 64 bits: (hi 2^32 + lo) 2^-64, exactly.
   * Arrays of r n d words.
   */
  words(first: number, end: number): { hi: Uint32Array; lo: Uint32Array };
}

/** Names of {@link NetOptions}. */
export const NET_OPTIONS: readonly string[] = [
  "key",
  "scramble",
  "order",
  "bits",
  "alpha",
  "cell",
  "dtype",
  "replications",
];

/** Options of {@link digitalNet}. */
export interface DigitalNetOptions extends NetOptions {
  /** For each coordinate (alpha of them for each coordinate of the result) the columns of its generating matrix. */
  readonly matrices: readonly (readonly (number | bigint)[])[];
  /** Digits of these integers. */
  readonly matrixBits: number;
  /** Whether the first binary digit is the most significant bit (`"msb"`, the default) or the least. */
  readonly digits?: "msb" | "lsb";
}

/**
 * The net of given generating matrices: point i is the sum over F_2 of the columns that the binary digits of i select.
 *
 * `points`, `range` … have shape [n, d]. Cost: O(n d) and about one nanosecond per coordinate.
 * @throws ArgumentError for matrices that do not fit together and options outside their ranges
 */
export function digitalNet(options: DigitalNetOptions): DigitalNet {
  checkOptions("digitalNet", options, [...NET_OPTIONS, "matrices", "matrixBits", "digits"]);
  checkChoice("digitalNet", "digits", options.digits ?? "msb", ["msb", "lsb"]);
  const source = matricesFromIntegers("digitalNet", options.matrices, options.matrixBits, options.digits ?? "msb");
  return makeNet("digitalNet", source, options, [NIEDERREITER]);
}

interface Replication {
  readonly net: KernelNet;
  /** What kernels do not do. */
  readonly steps?: WordSteps;
}

/** A net from matrices, used by every factory. */
export function makeNet(
  name: string,
  source: NetMatrices,
  options: NetOptions,
  citations: readonly Citation[],
): DigitalNet {
  const common = commonOptions(name, options);
  const alpha = options.alpha ?? 1;
  checkInteger(name, "alpha", alpha, 1, 8);
  const given = typeof options.scramble === "object" ? options.scramble : undefined;
  const rows =
    given?.matrices === undefined ? undefined : givenRows(name, given.matrices, source.dimension, source.bits);
  const bits = options.bits ?? rows?.bits ?? (alpha === 1 ? 32 : 53);
  checkInteger(name, "bits", bits, 1, 64);
  const order = options.order ?? "natural";
  checkChoice(name, "order", order, ["natural", "gray"]);
  const place = options.cell ?? "corner";
  checkChoice(name, "cell", place, ["corner", "centre"]);
  if (source.dimension % alpha !== 0) {
    throw new ArgumentError(
      `${name}: the coordinates cannot be interlaced (got ${source.dimension}, expected a multiple of alpha = ${alpha}).`,
    );
  }
  const dimension = source.dimension / alpha;
  const scramble = options.scramble ?? (options.key === undefined ? "none" : "lms-ds");
  if (given?.shift !== undefined) checkLength(name, "the shift", given.shift, dimension);
  checkScramble(name, scramble, options, common.replications, rows?.bits, bits);
  const gray = order === "gray";
  const cell: Cell = { bits, place };
  const copies = Array.from({ length: common.replications ?? 1 }, (_, r) => {
    let made: Replication | undefined;
    return () => {
      made ??= replicate(name, source, scramble, options.key?.fold(r), rows?.rows, alpha, bits, gray);
      return made;
    };
  });

  // Steps on words are for all replications alike.
  const stepwise = scramble === "nus-tree" || given?.flips !== undefined || (scramble === "nus" && alpha > 1);
  const wordsOf = (first: number, end: number, r: number): Words => {
    const { net, steps } = copies[r]();
    const words = netWords([net], steps === undefined ? bits : 64, first, end);
    return steps === undefined ? words : applySteps(steps, words);
  };
  const used = [...citations, ...scrambleCitations(scramble), ...(alpha > 1 ? [DICK] : [])];
  const sequence = makeSequence({
    name,
    dimension,
    ...common,
    limit: 2 ** source.columns,
    citations: used,
    ...(stepwise
      ? { write: (target, offset, first, end, r) => writeNumbers(wordsOf(first, end, r), cell, target, offset) }
      : {
          make: (first, end, which, axes) =>
            netPoints(
              which.map((r) => copies[r]().net),
              cell,
              common.dtype,
              first,
              end,
              axes,
            ),
        }),
  });
  return {
    ...sequence,
    kind: "net",
    bits,
    order,
    alpha,
    linear: scramble !== "nus" && scramble !== "nus-tree" && given?.flips === undefined,
    words(first, end) {
      checkInteger(`${name}.words`, "the first point", first, 0);
      checkInteger(`${name}.words`, "the end", end, first, sequence.limit);
      const size = (end - first) * dimension;
      const all = { hi: new Uint32Array(size * copies.length), lo: new Uint32Array(size * copies.length) };
      if (size === 0) return all;
      copies.forEach((_, r) => {
        const { hi, lo } = wordsOf(first, end, r);
        all.hi.set(hi, r * size);
        all.lo.set(lo, r * size);
      });
      return all;
    },
  };
}

function checkScramble(
  name: string,
  scramble: NetScramble,
  options: NetOptions,
  replications: number | undefined,
  rowBits: number | undefined,
  bits: number,
): void {
  if (typeof scramble === "object") {
    checkOptions(`${name}.scramble`, scramble, ["matrices", "shift", "flips"]);
    if (options.key !== undefined || (replications ?? 1) > 1) {
      throw new ArgumentError(
        `${name}: a given scramble takes neither a key nor replications (got ${options.key === undefined ? `${replications} replications` : "a key"}, expected the numbers alone).`,
      );
    }
    if (scramble.matrices !== undefined && scramble.flips !== undefined) {
      throw new ArgumentError(
        `${name}: a scramble is linear or nested (got matrices and flips, expected one of them).`,
      );
    }
    if (rowBits !== undefined && rowBits !== bits) {
      throw new ArgumentError(`${name}: bits differs from the given matrices (got ${bits}, expected ${rowBits} rows).`);
    }
  } else {
    checkChoice(name, "scramble", scramble, ["none", "ds", "lms", "lms-ds", "nus", "nus-tree"]);
    if (scramble !== "none") requireKey(name, options.key, `scramble "${scramble}"`);
    else if (options.key !== undefined) {
      throw new ArgumentError(
        `${name}: a key is of no use without scrambling (got scramble "none" and a key, expected one).`,
      );
    } else if ((replications ?? 1) > 1) {
      throw new ArgumentError(
        `${name}: replications of one net are all alike (got ${replications} without scrambling, expected a key).`,
      );
    }
  }
  const tree = scramble === "nus-tree" || (typeof scramble === "object" && scramble.flips !== undefined);
  if (tree && bits > 53) {
    throw new ArgumentError(`${name}: trees have at most 53 levels (got bits ${bits}, expected at most 53).`);
  }
}

/** Purposes of the keys of one replication. */
const [FOR_ROWS, FOR_SHIFT, FOR_FLIPS] = [0, 1, 2];

function replicate(
  name: string,
  source: NetMatrices,
  scramble: NetScramble,
  key: Key | undefined,
  rows: ScrambleRows | undefined,
  alpha: number,
  bits: number,
  gray: boolean,
): Replication {
  const dimension = source.dimension / alpha;
  const flips = typeof scramble === "object" ? scramble.flips : undefined;
  const nested = scramble === "nus" || scramble === "nus-tree" || flips !== undefined;
  const shift = shiftOf(name, scramble, key, dimension, bits, nested && alpha > 1);
  const zero = (size: number): Words => ({ hi: new Uint32Array(size), lo: new Uint32Array(size) });
  if (nested) {
    const flipKey = key?.fold(FOR_FLIPS) as Key;
    const steps = { dimension: source.dimension, alpha, bits, shift };
    if (scramble === "nus") {
      const reversed = { ...source, hi: source.hi.map(reverse32) };
      const net = {
        blocks: prepareBlocks(reversed, zero(source.dimension), gray),
        nested: nestedTables(flipKey, source.dimension),
      };
      return alpha === 1 ? { net } : { net, steps };
    }
    return {
      net: { blocks: prepareBlocks(source, zero(source.dimension), gray) },
      steps: { ...steps, flips: flips ?? threefryFlips(flipKey) },
    };
  }
  let matrices = source;
  if (rows !== undefined) matrices = scrambleMatrices(source, rows, bits);
  else if (scramble === "lms" || scramble === "lms-ds") {
    const random = randomRows((key as Key).fold(FOR_ROWS), source.dimension, bits, Math.min(bits, source.bits));
    matrices = scrambleMatrices(source, random, bits);
  }
  const finished = withBits(interlace(matrices, alpha), bits);
  return { net: { blocks: prepareBlocks(finished, shift ?? zero(dimension), gray) } };
}

function shiftOf(
  name: string,
  scramble: NetScramble,
  key: Key | undefined,
  dimension: number,
  bits: number,
  afterInterlacing: boolean,
): ScrambleRows | undefined {
  if (typeof scramble === "object") {
    if (scramble.shift === undefined) return undefined;
    const out = { hi: new Uint32Array(dimension), lo: new Uint32Array(dimension) };
    scramble.shift.forEach((value, j) => {
      storeInteger(name, value, bits, "msb", out.hi, out.lo, j);
    });
    return out;
  }
  if (scramble === "ds" || scramble === "lms-ds" || afterInterlacing) {
    return randomShift((key as Key).fold(FOR_SHIFT), dimension, bits);
  }
  return undefined;
}

function scrambleCitations(scramble: NetScramble): Citation[] {
  if (scramble === "lms" || scramble === "lms-ds") return [MATOUSEK];
  if (scramble === "nus") return [OWEN, LAINE_KARRAS];
  return scramble === "nus-tree" ? [OWEN] : [];
}
