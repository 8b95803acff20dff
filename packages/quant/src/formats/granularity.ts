/** Which elements of a tensor share a scale: all, a channel, or a group along the last axis. */
import { ArgumentError, ShapeError } from "@ansatz/tensor";
import { checkInteger, sizeOf } from "../check.ts";

/** Elements that share a scale. Groups run along the last axis; a shorter last group is allowed only with `padLast`. */
export type Granularity =
  | { readonly per: "tensor" }
  | { readonly per: "channel"; readonly axis: number }
  | { readonly per: "group"; readonly group: number; readonly padLast?: boolean };

/** Consecutive elements with one scale. */
export interface Run {
  readonly parameter: number;
  readonly start: number;
  readonly end: number;
}

/** How a tensor falls into parts with a scale each. */
export interface Layout {
  /** Number of scales. */
  readonly count: number;
  /** Shape of the array of scales: [], [channels], or the tensor's shape with the last extent counted in groups. */
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly size: number;
  /** All runs, in the order of the elements. */
  runs(): Generator<Run>;
}

/**
 * The parts of a tensor of this shape that share a scale.
 * @throws ShapeError when groups do not fill the last axis and `padLast` is not set; ArgumentError for an unknown axis
 */
export function layoutOf(name: string, shape: readonly number[], granularity: Granularity): Layout {
  const size = sizeOf(name, shape);
  switch (granularity.per) {
    case "tensor":
      return { count: 1, shape: [], size, runs: () => equalRuns(1, 1, size) };
    case "channel": {
      const { axis } = granularity;
      checkInteger(name, "axis", axis, 0, shape.length - 1);
      const channels = shape[axis];
      const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
      const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
      return { count: channels, shape: [channels], size, runs: () => equalRuns(outer * channels, channels, inner) };
    }
    case "group": {
      const { group, padLast = false } = granularity;
      checkInteger(name, "group", group, 1);
      const width = shape.at(-1);
      if (width === undefined) throw new ShapeError(`${name}: groups need an axis (got a scalar, expected rank >= 1).`);
      if (width % group !== 0 && !padLast) {
        throw new ShapeError(
          `${name}: groups do not fill the last axis (got ${width} elements in groups of ${group}, expected a ` +
            `multiple). Set padLast for a shorter last group.`,
        );
      }
      const perRow = Math.ceil(width / group);
      const rows = width === 0 ? 0 : size / width;
      return {
        count: rows * perRow,
        shape: [...shape.slice(0, -1), perRow],
        size,
        runs: () => groupRuns(rows, width, group, perRow),
      };
    }
    default:
      throw new ArgumentError(
        `${name}: unknown granularity (got ${JSON.stringify(granularity)}, expected per tensor, channel or group).`,
      );
  }
}

function* equalRuns(runs: number, count: number, length: number): Generator<Run> {
  for (let i = 0; i < runs; i++) yield { parameter: i % count, start: i * length, end: (i + 1) * length };
}

function* groupRuns(rows: number, width: number, group: number, perRow: number): Generator<Run> {
  for (let row = 0; row < rows; row++) {
    for (let g = 0; g < perRow; g++) {
      const start = row * width + g * group;
      yield { parameter: row * perRow + g, start, end: Math.min(start + group, (row + 1) * width) };
    }
  }
}
