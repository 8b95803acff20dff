/**
 * scatterAdd on the GPU without atomics, so that every sum runs in a fixed order: the positions are first sorted by the
 * row they add to (stable counting sort), then every output adds up its own contributions.
 *
 * Cost: min(rows, positions) x positions comparisons for the sort, then one pass over the input.
 */
import type { RealDType as DType } from "../../dtype.ts";
import type { GpuDispatch, GpuRoutine } from "../backend.ts";
import { grid } from "./grid.ts";

/** Row that a raw index names: negative ones count from the end; -1 when it is outside. */
const ROW_OF = `fn row_of(at: u32) -> i32 {
  let raw = bitcast<i32>(indices[p.indices_offset + at]);
  let row = select(raw, raw + i32(p.rows), raw < 0);
  return select(-1, row, row >= 0 && row < i32(p.rows));
}`;

const ENTRY = `@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) local: u32) {
  let at = (group.y * grid.x + group.x) * 256u + local;`;

const SORT_BINDINGS = `struct Params { rows: u32, positions: u32, indices_offset: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read_write> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> start: array<u32>;
${ROW_OF}`;

/** One invocation per row (and one for the end): counts the positions of smaller rows, then lists its own. */
const SORT_BY_ROW = `${SORT_BINDINGS}
${ENTRY}
  if (at > p.rows) { return; }
  let mine = i32(at);
  var first = 0u;
  for (var i = 0u; i < p.positions; i++) {
    let row = row_of(i);
    first += u32(row >= 0 && row < mine);
  }
  start[at] = first;
  if (at == p.rows) { return; }
  for (var i = 0u; i < p.positions; i++) {
    if (row_of(i) == mine) {
      order[first] = i;
      first++;
    }
  }
}
`;

/**
 * One invocation per position: its rank is the number of positions that come before it. The first position of every
 * row writes the row's start; rows without positions keep the mark that the fill left.
 */
const SORT_BY_POSITION = `${SORT_BINDINGS}
${ENTRY}
  if (at >= p.positions) { return; }
  let mine = row_of(at);
  if (mine < 0) { return; }
  var smaller = 0u;
  var before = 0u;
  var same = 0u;
  for (var i = 0u; i < p.positions; i++) {
    let row = row_of(i);
    smaller += u32(row >= 0 && row < mine);
    same += u32(row == mine);
    before += u32(row == mine && i < at);
  }
  order[smaller + before] = at;
  if (before == 0u) {
    start[2u * u32(mine)] = smaller;
    start[2u * u32(mine) + 1u] = smaller + same;
  }
}
`;

const CLEAR = `struct Params { count: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> start: array<u32>;
${ENTRY}
  if (at < p.count) { start[at] = 0u; }
}
`;

/** The range of sorted positions of a row, as the two sorts leave it. */
const RANGES = {
  row: ["start[row]", "start[row + 1u]"],
  position: ["start[2u * row]", "start[2u * row + 1u]"],
} as const;

function sumWgsl(type: "f32" | "i32" | "u32", [first, end]: readonly [string, string]): string {
  return `struct Params { rows: u32, positions: u32, before: u32, after: u32, x_offset: u32, out_offset: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<${type}>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> start: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<${type}>;
${ENTRY}
  if (at >= p.before * p.rows * p.after) { return; }
  let q = at % p.after;
  let row = at / p.after % p.rows;
  let outer = at / p.after / p.rows;
  var sum = ${type}(0);
  for (var i = ${first}; i < ${end}; i++) {
    sum += x[p.x_offset + (outer * p.positions + order[i]) * p.after + q];
  }
  out[p.out_offset + at] = sum;
}
`;
}

function elementType(dtype: DType): "f32" | "i32" | "u32" | null {
  return dtype === "f32" || dtype === "i32" || dtype === "u32" ? dtype : null;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

/**
 * Inputs: contiguous x [...before, ...index shape, ...after] and contiguous integer indices; output 0: contiguous
 * [...before, size, ...after]. The attribute has the `axis` at which the index shape begins and the `size` there.
 * Contributions are added in the order of their positions; positions outside are dropped.
 */
export const scatterAddGpu: GpuRoutine = (inputs, outputs, attr) => {
  const { axis, size: rows } = attr as { readonly axis: number; readonly size: number };
  const [x, indices] = inputs;
  const [out] = outputs;
  const type = elementType(x.dtype);
  if (type === null) return null;
  const positions = product(indices.shape);
  const before = product(x.shape.slice(0, axis));
  const after = product(x.shape.slice(axis + indices.shape.length));
  const count = before * rows * after;

  const byRow = rows <= positions;
  const starts = byRow ? rows + 1 : 2 * rows;
  const sort: GpuDispatch = {
    key: byRow ? "scatterSortByRow" : "scatterSortByPosition",
    wgsl: () => (byRow ? SORT_BY_ROW : SORT_BY_POSITION),
    words: [rows, positions, indices.offset],
    bindings: [{ input: 1 }, { temp: 0 }, { temp: 1 }],
    workgroups: grid(Math.ceil((byRow ? rows + 1 : positions) / 256)),
  };
  const clear: GpuDispatch = {
    key: "scatterClear",
    wgsl: () => CLEAR,
    words: [starts],
    bindings: [{ temp: 1 }],
    workgroups: grid(Math.ceil(starts / 256)),
  };
  const sum: GpuDispatch = {
    key: `scatterSum/${type}/${byRow ? "row" : "position"}`,
    wgsl: () => sumWgsl(type, byRow ? RANGES.row : RANGES.position),
    words: [rows, positions, before, after, x.offset, out.offset],
    bindings: [{ input: 0 }, { temp: 0 }, { temp: 1 }, { output: 0 }],
    workgroups: grid(Math.ceil(count / 256)),
  };
  return { temps: [positions, starts], dispatches: byRow ? [sort, sum] : [clear, sort, sum] };
};
