/**
 * The Fourier transform on the GPU: one dispatch per step. A workgroup takes some of the short transforms of a step into its
 * memory, runs the passes of butterflies there and writes the results.
 */
import { butterfly, type Complex, type Reals } from "../../fft/butterfly.ts";
import { placesOf, radicesOf, type Radix, type SplitOptions } from "../../fft/factor.ts";
import { signalOf, stepsOf, type FftAttr, type Places, type Step } from "../../fft/steps.ts";
import { tableLayout, type StepTables } from "../../fft/tables.ts";
import type { GpuDispatch, GpuRoutine } from "../backend.ts";
import { f32Bits } from "./bits.ts";
import { grid } from "./grid.ts";

/** Complex numbers in workgroup memory. */
const NUMBERS = 1024;
const WORKGROUP = 128;
/** Short transforms of one workgroup, so that it reads and writes whole cache lines of neighbours. */
const MOST = 16;

/** How transforms of a length are cut for the GPU: short steps, of which a workgroup can take several. */
export function gpuSplit(n: number): SplitOptions {
  return { lanes: 1, longest: n <= NUMBERS ? NUMBERS : 128 };
}

/** The variants of the shader. */
interface Variant {
  readonly length: number;
  /** Short transforms per workgroup. */
  readonly together: number;
  readonly axes: number;
  readonly loadReversed: boolean;
  readonly storeReversed: boolean;
  /** Whether neighbouring invocations take neighbouring transforms, or neighbouring elements of one. */
  readonly loadAcross: boolean;
  readonly storeAcross: boolean;
  readonly swapLoad: boolean;
  readonly swapStore: boolean;
  /** Twiddle factors per result. */
  readonly factors: 0 | 1 | 2;
}

function literal(x: number): string {
  return `${Math.fround(x)}f`;
}

/** Arithmetic on names of variables; every operation appends a line. */
function shaderReals(lines: string[]): Reals<string> {
  const put = (expression: string): string => {
    const name = `v${lines.length}`;
    lines.push(`let ${name} = ${expression};`);
    return name;
  };
  return {
    add: (a, b) => put(`${a} + ${b}`),
    sub: (a, b) => put(`${a} - ${b}`),
    mul: (a, b) => put(`${a} * ${b}`),
    constant: literal,
  };
}

/** One pass over all transforms of the workgroup. `factors` names the parameter with the place of its factors. */
function passText(v: Variant, radix: Radix, span: number, factors: string): string {
  const lines: string[] = [];
  const o = shaderReals(lines);
  const x = Array.from({ length: radix }, (_, leg): Complex<string> => ({ re: `x${leg}.x`, im: `x${leg}.y` }));
  const y = butterfly(o, radix, x);
  const stores = y.map(({ re, im }, place) => {
    const value = `vec2<f32>(${re}, ${im})`;
    const factor = `constants[p.${factors} + j * ${radix - 1}u + ${place - 1}u]`;
    return `data[at + ${place * span}u] = ${place === 0 || span === 1 ? value : `times(${value}, ${factor})`};`;
  });
  return `  for (var i = local; i < ${(v.together * v.length) / radix}u; i += ${WORKGROUP}u) {
    let j = i % ${span}u;
    let at = i / ${span}u * ${span * radix}u + j;
    ${x.map((_, leg) => `let x${leg} = data[at + ${leg * span}u];`).join("\n    ")}
    ${[...lines, ...stores].join("\n    ")}
  }
  workgroupBarrier();
`;
}

/** Position of frequency k after the passes. */
function positionText(length: number): string {
  let span = length;
  const terms = radicesOf(length).map((radix) => {
    span /= radix;
    const places = placesOf(radix);
    const digit = places.every((place, i) => place === i)
      ? `rest % ${radix}u`
      : `reverseBits(rest % ${radix}u) >> ${32 - Math.log2(radix)}u`;
    return `  position += ${span}u * (${digit});\n  rest /= ${radix}u;\n`;
  });
  return `fn position_of(k: u32) -> u32 {
  var rest = k;
  var position = 0u;
${terms.join("")}  return position;
}`;
}

function placeText(index: string, length: number, reversed: boolean): string {
  return reversed ? `(reverseBits(${index}) >> ${32 - Math.log2(length)}u)` : index;
}

function laneText(axes: number): string {
  const steps = Array.from({ length: axes }, (_, d) => {
    const at = d === axes - 1 ? "rest" : `rest % p.size${d}`;
    return `  {
    let at = i32(${at});
    place += vec3<i32>(at * p.from${d}, at * p.to${d}, at * p.column${d});
    ${d === axes - 1 ? "" : `rest /= p.size${d};`}
  }
`;
  });
  return `/* Where a short transform is read, written, and its column of twiddle factors. */
fn lane_of(number: u32) -> vec3<i32> {
  var rest = min(number, p.batch - 1u);
  var place = vec3<i32>(p.input_offset, p.output_offset, 0);
${steps.join("")}  return place;
}`;
}

function fftWgsl(v: Variant): string {
  const radices = radicesOf(v.length);
  const total = v.together * v.length;
  let span = v.length;
  const passes = radices.map((radix, i) => {
    span /= radix;
    return passText(v, radix, span, `pass${i}`);
  });
  const axes = Array.from({ length: v.axes }, (_, d) => `size${d}: u32, from${d}: i32, to${d}: i32, column${d}: i32`);
  const split = (across: boolean): string =>
    across
      ? `let t = i % ${v.together}u; let e = i / ${v.together}u;`
      : `let e = i % ${v.length}u; let t = i / ${v.length}u;`;
  const between = [
    "",
    "y = times(y, constants[p.low + e * p.columns + u32(lane.z)]);",
    `y = times(y, times(constants[p.low + e % p.group * p.columns + u32(lane.z)],
      constants[p.high + e / p.group * p.columns + u32(lane.z)]));`,
  ][v.factors];
  return `struct Params {
  input_offset: i32, output_offset: i32, batch: u32, pair: i32, load_stride: i32, store_stride: i32,
  scale: f32, low: u32, high: u32, columns: u32, group: u32,
  ${[...radices.map((_, i) => `pass${i}: u32`), ...axes].join(", ")} }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> constants: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
var<workgroup> data: array<vec2<f32>, ${total}>;
fn times(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  return vec2<f32>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}
${positionText(v.length)}
${laneText(v.axes)}
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) local: u32) {
  let first = (group.y * grid.x + group.x) * ${v.together}u;
  if (first >= p.batch) { return; }
  for (var i = local; i < ${total}u; i += ${WORKGROUP}u) {
    ${split(v.loadAcross)}
    let at = lane_of(first + t).x + i32(${placeText("e", v.length, v.loadReversed)}) * p.load_stride;
    let x = vec2<f32>(input[at], input[at + p.pair]);
    data[t * ${v.length}u + e] = ${v.swapLoad ? "x.yx" : "x"};
  }
  workgroupBarrier();
${passes.join("")}  for (var i = local; i < ${total}u; i += ${WORKGROUP}u) {
    ${split(v.storeAcross)}
    if (first + t >= p.batch) { continue; }
    let lane = lane_of(first + t);
    var y = data[t * ${v.length}u + position_of(e)];
    ${between}
    y *= p.scale;
    let at = lane.y + i32(${placeText("e", v.length, v.storeReversed)}) * p.store_stride;
    output[at] = ${v.swapStore ? "y.y" : "y.x"};
    output[at + 1] = ${v.swapStore ? "y.x" : "y.y"};
  }
}
`;
}

interface Ends {
  readonly input: GpuDispatch["bindings"][number];
  readonly output: GpuDispatch["bindings"][number];
  readonly inputOffset: number;
  readonly outputOffset: number;
  readonly pair: number;
  readonly swapLoad: boolean;
  readonly swapStore: boolean;
  readonly scale: number;
}

/** Whether places lie closer together across transforms than within one. */
function across(stride: number, { stride: own, reversed }: Places): boolean {
  return !reversed && Math.abs(stride) < Math.abs(own);
}

function stepDispatch(step: Step, { between, passes }: StepTables, ends: Ends): GpuDispatch {
  const { length, lanes } = step;
  const batch = lanes.reduce((n, lane) => n * lane.size, 1);
  const together = Math.max(1, Math.min(MOST, batch, Math.floor(NUMBERS / length)));
  const v: Variant = {
    length,
    together,
    axes: lanes.length,
    loadReversed: step.load.reversed,
    storeReversed: step.store.reversed,
    loadAcross: across(lanes[0].from, step.load),
    storeAcross: across(lanes[0].to, step.store),
    swapLoad: ends.swapLoad,
    swapStore: ends.swapStore,
    factors: between === null ? 0 : between.groups === 1 ? 1 : 2,
  };
  return {
    key: `fft ${JSON.stringify(v)}`,
    wgsl: () => fftWgsl(v),
    words: [
      ends.inputOffset,
      ends.outputOffset,
      batch,
      ends.pair,
      step.load.stride,
      step.store.stride,
      f32Bits(ends.scale),
      between?.low ?? 0,
      between?.high ?? 0,
      between?.columns ?? 0,
      between?.group ?? 1,
      ...passes.map(({ factors }) => factors),
      ...lanes.flatMap(({ size, from, to, column }) => [size, from, to, column]),
    ],
    bindings: [ends.input, { input: 1 }, ends.output],
    workgroups: grid(Math.ceil(batch / together)),
  };
}

/** Inputs x [..., n, ..., 2] of any strides and the constants, a whole tensor; output [..., n, ..., 2]. f32 only. */
export const fftGpu: GpuRoutine = (inputs, outputs, attr) => {
  const [x] = inputs;
  const [y] = outputs;
  if (y.dtype !== "f32") return null;
  const { axis, inverse, scale, lengths } = attr as FftAttr;
  const input = signalOf(x, axis);
  const output = signalOf(y, axis);
  const steps = stepsOf(attr as FftAttr, input.sizes, input.view, output.view);
  const { steps: tables } = tableLayout(lengths);
  // Steps in the middle cannot work in place here: two temporaries take turns.
  const temp = (s: number): { readonly temp: number } => ({ temp: s % 2 });
  const dispatches = steps.map((step, s) => {
    const [first, last] = [s === 0, s === steps.length - 1];
    return stepDispatch(step, tables[s], {
      input: first ? { input: 0 } : temp(s - 1),
      output: last ? { output: 0 } : temp(s),
      inputOffset: first ? x.offset : 0,
      outputOffset: last ? y.offset : 0,
      pair: first ? input.pair : 1,
      swapLoad: inverse && first,
      swapStore: inverse && last,
      scale: last ? scale : 1,
    });
  });
  const size = y.shape.reduce((a, b) => a * b, 1);
  return { temps: new Array<number>(Math.min(2, steps.length - 1)).fill(size), dispatches };
};
