/** Sobol' sequences. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkInteger } from "../../check.ts";
import { JOE_KUO } from "../../citation.ts";
import { smallSobolTable, sobolColumns, type SobolTable } from "../../tables/directions.ts";
import { makeNet, NET_OPTIONS, type DigitalNet, type NetOptions } from "./digitalNet.ts";
import { emptyMatrices } from "./matrices.ts";

/** Options of {@link sobol}. */
export interface SobolOptions extends NetOptions {
  /** Number of coordinates d. */
  readonly dimension?: number;
  /** Which coordinates of the sequence to take (from 0) instead of the first; alpha of them for each of the result. */
  readonly coordinates?: readonly number[];
  /** Direction numbers; the 1024 built-in dimensions when left out. `loadSobolTable()` has 21201. */
  readonly table?: SobolTable;
}

/**
 * The Sobol' sequence with the direction numbers of Joe and Kuo: 2^32 points.
 *
 * The first 2^m points are a digital (t, m, d)-net in base 2, with and without scrambling. Without scrambling point 0 is the
 * origin; keep it, the net property needs it.
 *
 * @example
 * const points = sobol({ dimension: 8, key: key(7) }).points(1024); // f64[1024, 8]
 * @throws ArgumentError when there are not enough direction numbers, or an option is outside its range
 * Source: S. Joe and F. Y. Kuo, SIAM J. Sci. Comput. 30 (2008).
 */
export function sobol(options: SobolOptions): DigitalNet {
  checkOptions("sobol", options, [...NET_OPTIONS, "dimension", "coordinates", "table"]);
  const table = options.table ?? smallSobolTable();
  const alpha = options.alpha ?? 1;
  checkInteger("sobol", "alpha", alpha, 1, 8);
  if ((options.dimension === undefined) === (options.coordinates === undefined)) {
    throw new ArgumentError(
      `sobol: what to generate is not clear (got ${options.dimension === undefined ? "neither" : "both"} dimension and coordinates, expected one of them).`,
    );
  }
  let { coordinates } = options;
  if (coordinates === undefined) {
    checkInteger("sobol", "dimension", options.dimension, 1);
    coordinates = Array.from({ length: (options.dimension as number) * alpha }, (_, j) => j);
  }
  if (coordinates.length === 0)
    throw new ArgumentError("sobol: there are no coordinates (got 0, expected at least 1).");
  const highest = coordinates.reduce((a, b) => Math.max(a, b), 0);
  if (highest >= table.dimensions) {
    throw new ArgumentError(
      `sobol: there are no direction numbers for so many dimensions (got ${highest + 1}${alpha > 1 ? ` with alpha = ${alpha}` : ""}, expected at most ` +
        `${table.dimensions}).${table.dimensions < 21201 ? " Pass table: await loadSobolTable() for up to 21201." : ""}`,
    );
  }
  const matrices = emptyMatrices(coordinates.length, 32, 32);
  coordinates.forEach((coordinate, j) => {
    checkInteger("sobol", "a coordinate", coordinate, 0);
    sobolColumns(table, coordinate, matrices.hi, 32 * j);
  });
  return makeNet("sobol", matrices, options, [JOE_KUO]);
}
