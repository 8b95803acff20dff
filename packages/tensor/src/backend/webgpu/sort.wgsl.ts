/**
 * Sorting on the GPU: a bitonic network over pairs of a key and a position, which no two elements share, so that equals keep
 * their order. Steps between elements that are close happen in workgroup memory.
 *
 * Source: Batcher 1968, "Sorting networks and their applications".
 */
import { lastRows, type OrderAttr } from "../../sorting/oracle.ts";
import type { GpuDispatch, GpuRoutine } from "../backend.ts";
import { grid, WORKGROUP } from "./grid.ts";

/** Elements that a workgroup holds: two per invocation. */
const LOCAL: number = 2 * WORKGROUP;

const MAIN = `@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) local: u32) {
  let number = group.y * grid.x + group.x;`;

/** The key of an element's bits. */
function keyText(type: string, descending: boolean): string {
  const plain =
    type === "f32"
      ? `let zero = select(bits, 0u, bits == 0x80000000u);
  let key = zero ^ select(0x80000000u, 0xffffffffu, zero >= 0x80000000u);`
      : `let key = bits${type === "i32" ? " ^ 0x80000000u" : ""};`;
  const nan = type === "f32" ? "if ((bits & 0x7fffffffu) > 0x7f800000u) { return 0xffffffffu; }\n  " : "";
  return `fn key_of(bits: u32) -> u32 {
  ${nan}${plain}
  return ${descending ? "~key" : "key"};
}`;
}

/** Pairs in rows of \`padded\` elements; those beyond the row come last. */
function prepareText(type: string, descending: boolean): string {
  return `struct Params { count: u32, n: u32, padded: u32, offset: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> pairs: array<vec2<u32>>;
${keyText(type, descending)}
${MAIN}
  let at = number * ${WORKGROUP}u + local;
  if (at >= p.count) { return; }
  let i = at % p.padded;
  var pair = vec2<u32>(0xffffffffu, 0xffffffffu);
  if (i < p.n) { pair = vec2<u32>(key_of(x[p.offset + at / p.padded * p.n + i]), i); }
  pairs[at] = pair;
}
`;
}

const AFTER = `fn after(a: vec2<u32>, b: vec2<u32>) -> bool { return a.x > b.x || (a.x == b.x && a.y > b.y); }`;

/** One step over a distance of at least ${LOCAL} elements. */
const STEP = `struct Params { count: u32, padded: u32, size: u32, distance: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> pairs: array<vec2<u32>>;
${AFTER}
${MAIN}
  let pair = number * ${WORKGROUP}u + local;
  if (pair >= p.count / 2u) { return; }
  let low = pair / p.distance * 2u * p.distance + pair % p.distance;
  let high = low + p.distance;
  let a = pairs[low];
  let b = pairs[high];
  let ascending = (low & (p.padded - 1u) & p.size) == 0u;
  if (after(a, b) == ascending) {
    pairs[low] = b;
    pairs[high] = a;
  }
}
`;

/** All steps of sequences of \`first\` to \`last\` elements over distances below ${LOCAL}. */
const NEAR = `struct Params { count: u32, padded: u32, first: u32, last: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> pairs: array<vec2<u32>>;
var<workgroup> held: array<vec2<u32>, ${LOCAL}>;
${AFTER}
${MAIN}
  let base = number * ${LOCAL}u;
  if (base >= p.count) { return; }
  for (var i = local; i < ${LOCAL}u; i += ${WORKGROUP}u) {
    if (base + i < p.count) { held[i] = pairs[base + i]; }
  }
  workgroupBarrier();
  for (var size = p.first; size <= p.last; size *= 2u) {
    for (var distance = min(size, ${LOCAL}u) / 2u; distance > 0u; distance /= 2u) {
      let low = local / distance * 2u * distance + local % distance;
      let high = low + distance;
      if (base + high < p.count) {
        let a = held[low];
        let b = held[high];
        let ascending = ((base + low) & (p.padded - 1u) & size) == 0u;
        if (after(a, b) == ascending) {
          held[low] = b;
          held[high] = a;
        }
      }
      workgroupBarrier();
    }
  }
  for (var i = local; i < ${LOCAL}u; i += ${WORKGROUP}u) {
    if (base + i < p.count) { pairs[base + i] = held[i]; }
  }
}
`;

const FINISH = `struct Params { count: u32, wanted: u32, padded: u32, offset: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> pairs: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> y: array<i32>;
${MAIN}
  let at = number * ${WORKGROUP}u + local;
  if (at >= p.count) { return; }
  y[p.offset + at] = i32(pairs[at / p.wanted * p.padded + at % p.wanted].y);
}
`;

/** Sorted order of rows of f32, i32 or u32: the positions of the first \`count\` elements of each. */
export const orderGpu: GpuRoutine = ([x], [y], attr) => {
  const { dtype } = x;
  if (dtype !== "f32" && dtype !== "i32" && dtype !== "u32") return null;
  const { descending, count: wanted } = attr as OrderAttr;
  const { rows, n } = lastRows(x.shape);
  const padded = Math.max(2, 2 ** Math.ceil(Math.log2(n)));
  const count = rows * padded;
  const pairs = { temp: 0 } as const;
  const flat = (size: number): [number, number, number] => grid(Math.ceil(size / WORKGROUP));
  const near = (first: number, last: number): GpuDispatch => ({
    key: "sort near",
    wgsl: () => NEAR,
    words: [count, padded, first, last],
    bindings: [pairs],
    workgroups: grid(Math.ceil(count / LOCAL)),
  });
  const dispatches: GpuDispatch[] = [
    {
      key: `sort prepare ${dtype} ${descending}`,
      wgsl: () => prepareText(dtype, descending),
      words: [count, n, padded, x.offset],
      bindings: [{ input: 0 }, pairs],
      workgroups: flat(count),
    },
    near(2, Math.min(padded, LOCAL)),
  ];
  for (let size = 2 * LOCAL; size <= padded; size *= 2) {
    for (let distance = size / 2; distance >= LOCAL; distance /= 2) {
      dispatches.push({
        key: "sort step",
        wgsl: () => STEP,
        words: [count, padded, size, distance],
        bindings: [pairs],
        workgroups: flat(count / 2),
      });
    }
    dispatches.push(near(size, size));
  }
  dispatches.push({
    key: "sort finish",
    wgsl: () => FINISH,
    words: [rows * wanted, wanted, padded, y.offset],
    bindings: [pairs, { output: 0 }],
    workgroups: flat(rows * wanted),
  });
  return { temps: [2 * count], dispatches };
};

const ZERO = `struct Params { count: u32, offset: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
${MAIN}
  let at = number * ${WORKGROUP}u + local;
  if (at < p.count) { y[p.offset + at] = 0u; }
}
`;

const PLACE = `struct Params { count: u32, wanted: u32, n: u32, x_offset: u32, at_offset: u32, y_offset: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> places: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;
${MAIN}
  let at = number * ${WORKGROUP}u + local;
  if (at >= p.count) { return; }
  y[p.y_offset + at / p.wanted * p.n + u32(places[p.at_offset + at])] = x[p.x_offset + at];
}
`;

/** Placing: inputs x and distinct positions, both [..., count]; output [..., n]. Elements of 32 bits. */
export const placeGpu: GpuRoutine = ([x, at], [y]) => {
  if (y.dtype !== "f32" && y.dtype !== "i32" && y.dtype !== "u32") return null;
  const { rows, n } = lastRows(y.shape);
  const { n: wanted } = lastRows(x.shape);
  const flat = (size: number): [number, number, number] => grid(Math.ceil(size / WORKGROUP));
  const zero: GpuDispatch = {
    key: "place zero",
    wgsl: () => ZERO,
    words: [rows * n, y.offset],
    bindings: [{ output: 0 }],
    workgroups: flat(rows * n),
  };
  const place: GpuDispatch = {
    key: "place",
    wgsl: () => PLACE,
    words: [rows * wanted, wanted, n, x.offset, at.offset, y.offset],
    bindings: [{ input: 0 }, { input: 1 }, { output: 0 }],
    workgroups: flat(rows * wanted),
  };
  return { temps: [], dispatches: wanted === n ? [place] : [zero, place] };
};
