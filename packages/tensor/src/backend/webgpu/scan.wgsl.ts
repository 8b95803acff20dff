/**
 * Scans on the GPU. Many rows are walked by one invocation each; few are cut into blocks of which a workgroup each first finds
 * what they combine to, and then, knowing what comes before it, its results. Both do everything in a fixed order.
 */
import { identityOf, rowsOf, type AlongAttr, type Rows, type ScanAttr } from "../../scan/layout.ts";
import type { ExtremeAttr } from "../../scan/oracle.ts";
import type { GpuDispatch, GpuRoutine, GpuRoutinePlan } from "../backend.ts";
import { f32Bits } from "./bits.ts";
import { grid, WORKGROUP } from "./grid.ts";
import { HELPERS } from "./wgslHelpers.ts";

/** Elements per invocation of a block. */
const EACH = 4;
const BLOCK: number = EACH * WORKGROUP;
/** From as many rows on each has one invocation. */
const MANY = 2048;
/** Rows up to this length, too. */
const SHORT = 32;

/** What is scanned, as shader text. */
interface Monoid {
  readonly key: string;
  /** Type of the state and declarations that it needs. */
  readonly state: string;
  readonly declarations: string;
  /** Bindings of the inputs, numbered from 1. */
  readonly inputs: readonly string[];
  readonly output: string;
  /** 32-bit words per state. */
  readonly words: 1 | 2;
  readonly identity: string;
  /** State of the element at `at`, number `k` along the axis. */
  readonly element: string;
  /** The text `combine(l, r)` calls. */
  readonly combine: string;
  /** Output for a state `s`. */
  readonly result: string;
}

/** The variants of the shader. */
interface Variant {
  readonly monoid: Monoid;
  readonly reverse: boolean;
  readonly exclusive: boolean;
  /** `rows`: an invocation per row; `totals`: what blocks combine to; `results`: those of blocks. */
  readonly part: "rows" | "totals" | "results";
  /** Whether elements are states already, and results stay states. */
  readonly states: boolean;
  /** Whether what comes before every block is known. */
  readonly continued: boolean;
}

function scanWgsl({ monoid: m, reverse, exclusive, part, states, continued }: Variant): string {
  const inputs = states ? [m.state] : m.inputs;
  const outputs = part === "totals" || states ? m.state : m.output;
  const bindings = [
    ...inputs.map((type, i) => `var<storage, read> input${i}: array<${type}>;`),
    ...(continued ? [`var<storage, read> known: array<${m.state}>;`] : []),
    `var<storage, read_write> output: array<${outputs}>;`,
  ].map((text, i) => `@group(0) @binding(${i + 1}) ${text}`);
  const store = states ? "output[p.output_offset + at] = s;" : `output[p.output_offset + at] = ${m.result};`;
  const row = `  let row = (group.y * grid.x + group.x) * ${WORKGROUP}u + local;
  if (row >= p.rows) { return; }
  var s = identity();
  for (var k = 0u; k < p.n; k++) {
    let at = place(row, k);
    let next = combine(s, element(at, number(k)));
    ${exclusive ? "" : "s = next;"}
    ${store}
    ${exclusive ? "s = next;" : ""}
  }
`;
  const block = `  let chain = group.y * grid.x + group.x;
  if (chain >= p.rows * p.blocks) { return; }
  let row = chain / p.blocks;
  let first = chain % p.blocks * ${BLOCK}u + local * ${EACH}u;
  var own = identity();
  for (var k = first; k < min(p.n, first + ${EACH}u); k++) { own = combine(own, element(place(row, k), number(k))); }
  // Inclusive over the invocations, doubling the distance.
  shared_states[local] = own;
  workgroupBarrier();
  for (var distance = 1u; distance < ${WORKGROUP}u; distance *= 2u) {
    var sum = shared_states[local];
    if (local >= distance) { sum = combine(shared_states[local - distance], sum); }
    workgroupBarrier();
    shared_states[local] = sum;
    workgroupBarrier();
  }
${
  part === "totals"
    ? `  if (local == ${WORKGROUP - 1}u) { output[chain] = shared_states[local]; }
`
    : `  var s = ${continued ? "known[chain]" : "identity()"};
  if (local > 0u) { s = combine(s, shared_states[local - 1u]); }
  for (var k = first; k < min(p.n, first + ${EACH}u); k++) {
    let at = place(row, k);
    let next = combine(s, element(at, number(k)));
    ${exclusive ? "" : "s = next;"}
    ${store}
    ${exclusive ? "s = next;" : ""}
  }
`
}`;
  return `struct Params { rows: u32, n: u32, inner: u32, blocks: u32, offset0: u32, offset1: u32, output_offset: u32, start: u32 }
@group(0) @binding(0) var<uniform> p: Params;
${bindings.join("\n")}
${m.declarations}
fn identity() -> ${m.state} { return ${m.identity}; }
${m.combine}
/* The number along the axis of element k in the direction of the scan, and its place. */
fn number(k: u32) -> u32 { return ${reverse ? "p.n - 1u - k" : "k"}; }
fn place(row: u32, k: u32) -> u32 { return (row / p.inner * p.n + number(k)) * p.inner + row % p.inner; }
fn element(at: u32, number: u32) -> ${m.state} { return ${states ? "input0[at]" : m.element}; }
${part === "rows" ? "" : `var<workgroup> shared_states: array<${m.state}, ${WORKGROUP}>;`}
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) local: u32) {
${part === "rows" ? row : block}}
`;
}

type Binding = GpuDispatch["bindings"][number];

/** Operands of a scan. */
interface Scan {
  readonly monoid: Monoid;
  readonly rows: Rows;
  readonly reverse: boolean;
  readonly exclusive: boolean;
  readonly inputs: readonly { readonly binding: Binding; readonly offset: number }[];
  readonly outputOffset: number;
  /** Word with the identity. */
  readonly start: number;
}

/** The dispatches of a scan. Temporaries come in pairs per level: what blocks combine to, and what comes before them. */
function scanPlan(scan: Scan): GpuRoutinePlan {
  const { monoid, rows, inputs } = scan;
  const temps: number[] = [];
  const dispatches: GpuDispatch[] = [];
  const add = (
    variant: Omit<Variant, "monoid">,
    { outer, n, inner }: Rows,
    bindings: readonly Binding[],
    offsets: readonly number[],
  ): void => {
    const v: Variant = { ...variant, monoid };
    const count = outer * inner;
    const blocks = Math.ceil(n / BLOCK);
    const workgroups = v.part === "rows" ? Math.ceil(count / WORKGROUP) : count * blocks;
    dispatches.push({
      key: `scan ${monoid.key} ${v.part} ${v.reverse} ${v.exclusive} ${v.states} ${v.continued}`,
      wgsl: () => scanWgsl(v),
      words: [
        count,
        n,
        inner,
        blocks,
        offsets[0],
        offsets[1] ?? 0,
        v.states || v.part === "totals" ? 0 : scan.outputOffset,
        scan.start,
      ],
      bindings,
      workgroups: grid(workgroups),
    });
  };
  /** Scans of one level; `states` is the level's variant. */
  const level = (
    size: Rows,
    states: boolean,
    sources: readonly Binding[],
    offsets: readonly number[],
    target: Binding,
  ): void => {
    const shape = { reverse: !states && scan.reverse, exclusive: states || scan.exclusive, states };
    const count = size.outer * size.inner;
    const blocks = Math.ceil(size.n / BLOCK);
    if (size.n <= SHORT || count >= MANY) {
      add({ ...shape, part: "rows", continued: false }, size, [...sources, target], offsets);
      return;
    }
    if (blocks === 1) {
      add({ ...shape, part: "results", continued: false }, size, [...sources, target], offsets);
      return;
    }
    const words = count * blocks * monoid.words;
    const totals = { temp: temps.push(words) - 1 };
    const known = { temp: temps.push(words) - 1 };
    add({ ...shape, part: "totals", continued: false }, size, [...sources, totals], offsets);
    level({ outer: count, n: blocks, inner: 1 }, true, [totals], [0], known);
    add({ ...shape, part: "results", continued: true }, size, [...sources, known, target], offsets);
  };
  level(
    rows,
    false,
    inputs.map(({ binding }) => binding),
    inputs.map(({ offset }) => offset),
    { output: 0 },
  );
  return { temps, dispatches };
}

type ShaderType = "f32" | "i32" | "u32";

function shaderType(dtype: string): ShaderType | null {
  return dtype === "f32" || dtype === "i32" || dtype === "u32" ? dtype : null;
}

/** Running reductions: contiguous input x, output of the same shape; f32, i32 and u32. */
export const scanGpu: GpuRoutine = ([x], [y], attr) => {
  const type = shaderType(y.dtype);
  if (type === null) return null;
  const { kind, axis, reverse, exclusive } = attr as ScanAttr;
  const arithmetic = kind === "sum" ? "l + r" : "l * r";
  const extreme = type === "f32" ? `${kind}_f32(l, r)` : `${kind}(l, r)`;
  const helpers = type === "f32" ? (["is_nan", "order_f32", "min_f32", "max_f32"] as const) : [];
  const identity = identityOf(kind, y.dtype, exclusive);
  const plain = kind === "sum" || kind === "prod";
  const monoid: Monoid = {
    key: `${type} ${kind}`,
    state: type,
    declarations: plain ? "" : helpers.map((name) => HELPERS[name].text).join("\n"),
    inputs: [type],
    output: type,
    words: 1,
    identity: type === "u32" ? "p.start" : `bitcast<${type}>(p.start)`,
    element: "input0[p.offset0 + at]",
    combine: `fn combine(l: ${type}, r: ${type}) -> ${type} { return ${plain ? arithmetic : extreme}; }`,
    result: "s",
  };
  return scanPlan({
    monoid,
    rows: rowsOf(y.shape, axis),
    reverse,
    exclusive,
    inputs: [{ binding: { input: 0 }, offset: x.offset }],
    outputOffset: y.offset,
    start: type === "f32" ? f32Bits(identity) : identity,
  });
};

/** Linear recurrences: contiguous inputs a and b, output s[k] = a[k] s[k - 1] + b[k]; f32. */
export const linearGpu: GpuRoutine = ([a, b], [s], attr) => {
  if (s.dtype !== "f32") return null;
  const { axis, reverse } = attr as AlongAttr;
  const monoid: Monoid = {
    key: "linear",
    state: "vec2<f32>",
    declarations: "",
    inputs: ["f32", "f32"],
    output: "f32",
    words: 2,
    identity: "vec2<f32>(1f, 0f)",
    element: "vec2<f32>(input0[p.offset0 + at], input1[p.offset1 + at])",
    combine: "fn combine(l: vec2<f32>, r: vec2<f32>) -> vec2<f32> { return vec2<f32>(l.x * r.x, r.x * l.y + r.y); }",
    result: "s.y",
  };
  return scanPlan({
    monoid,
    rows: rowsOf(s.shape, axis),
    reverse,
    exclusive: false,
    inputs: [
      { binding: { input: 0 }, offset: a.offset },
      { binding: { input: 1 }, offset: b.offset },
    ],
    outputOffset: s.offset,
    start: 0,
  });
};

/** Places of running extremes: contiguous input x (f32, i32 or u32), output i32 of the same shape. */
export const extremeGpu: GpuRoutine = ([x], [y], attr) => {
  const type = shaderType(x.dtype);
  if (type === null) return null;
  const { kind, axis, reverse } = attr as ExtremeAttr;
  const compare = kind === "max" ? ">" : "<";
  const better =
    type === "f32"
      ? `(is_nan(r.value) && !is_nan(l.value)) ||
    (!is_nan(r.value) && !is_nan(l.value) && rank_f32(r.value) ${compare} rank_f32(l.value))`
      : `r.value ${compare} l.value`;
  const helpers = type === "f32" ? (["is_nan", "rank_f32"] as const).map((name) => HELPERS[name].text) : [];
  const monoid: Monoid = {
    key: `extreme ${type} ${kind}`,
    state: "Best",
    declarations: `struct Best { value: ${type}, at: i32 }\n${helpers.join("\n")}`,
    inputs: [type],
    output: "i32",
    words: 2,
    identity: `Best(${type}(0), -1)`,
    element: "Best(input0[p.offset0 + at], i32(number))",
    combine: `fn combine(l: Best, r: Best) -> Best {
  if (r.at < 0) { return l; }
  if (l.at < 0) { return r; }
  if (${better}) { return r; }
  return l;
}`,
    result: "s.at",
  };
  return scanPlan({
    monoid,
    rows: rowsOf(y.shape, axis),
    reverse,
    exclusive: false,
    inputs: [{ binding: { input: 0 }, offset: x.offset }],
    outputOffset: y.offset,
    start: 0,
  });
};
