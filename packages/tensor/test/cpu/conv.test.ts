import { describe, expect, it } from "vitest";
import { hasRelaxedSimd } from "../../src/backend/cpu/asm.ts";
import { convPlan } from "../../src/backend/cpu/conv.ts";
import type { ConvSpec } from "../../src/backend/cpu/conv.ts";
import { convWeightsPlan } from "../../src/backend/cpu/convWeights.ts";
import { arrayOf, firstDifference, prepare, randomSource } from "./launch.ts";
import type { Floats, Split } from "./launch.ts";

const MODES = (["f32", "f64"] as const).flatMap((dtype) =>
  [false, true].filter((relaxed) => !relaxed || hasRelaxedSimd()).map((relaxed) => ({ dtype, relaxed })),
);

const SPLITS: readonly Split[] = [[Number.POSITIVE_INFINITY], [1], [3, 1]];

interface Sums {
  readonly exact: Floats;
  /** Sums of absolute products, for error bounds. */
  readonly magnitude: Float64Array;
}

/** Index of the input that output `o` sees through tap `t`, or -1. */
function seen(spec: ConvSpec, axis: 0 | 1, o: number, t: number): number {
  const at = o * spec.stride[axis] - spec.padding[axis] + t * spec.dilation[axis];
  const index = at / spec.inputDilation[axis];
  return Number.isInteger(index) && index >= 0 && index < spec.input[axis] ? index : -1;
}

/** Visits every product of the convolution: n, g, o, c, tap row, tap column, output row, output column and index in x. */
type Visit = (
  n: number,
  g: number,
  o: number,
  c: number,
  p: number,
  q: number,
  i: number,
  j: number,
  x: number,
) => void;

/** Calls `visit` for all products, those with padding excluded, taps inside outputs. */
function eachProduct(spec: ConvSpec, visit: Visit): void {
  const [xBatch, xChannel, xRow, xColumn] = spec.x.strides;
  for (let n = 0; n < spec.batch; n++)
    for (let g = 0; g < spec.groups; g++)
      for (let i = 0; i < spec.output[0]; i++)
        for (let j = 0; j < spec.output[1]; j++)
          for (let o = 0; o < spec.channelsOut; o++)
            for (let c = 0; c < spec.channelsIn; c++)
              for (let p = 0; p < spec.kernel[0]; p++)
                for (let q = 0; q < spec.kernel[1]; q++) {
                  const [row, column] = [seen(spec, 0, i, p), seen(spec, 1, j, q)];
                  if (row < 0 || column < 0) continue;
                  const channel = g * spec.channelsIn + c;
                  visit(
                    n,
                    g,
                    o,
                    c,
                    p,
                    q,
                    i,
                    j,
                    spec.x.offset + n * xBatch + channel * xChannel + row * xRow + column * xColumn,
                  );
                }
}

function accumulator(dtype: "f32" | "f64", size: number): Sums & { add(at: number, a: number, b: number): void } {
  const exact = new (arrayOf(dtype))(size) as Floats;
  const magnitude = new Float64Array(size);
  const round = dtype === "f32" ? Math.fround : (x: number) => x;
  return {
    exact,
    magnitude,
    add(at, a, b) {
      exact[at] = exact[at] + round(a * b);
      magnitude[at] += Math.abs(a * b);
    },
  };
}

function naiveForward(spec: ConvSpec, x: Floats, w: Floats): Sums {
  const [height, width] = spec.output;
  const sums = accumulator(spec.dtype, spec.batch * spec.groups * spec.channelsOut * height * width);
  const [group, out, channel, row, column] = spec.w.strides;
  eachProduct(spec, (n, g, o, c, p, q, i, j, xAt) => {
    const at = (((n * spec.groups + g) * spec.channelsOut + o) * height + i) * width + j;
    sums.add(at, x[xAt], w[spec.w.offset + g * group + o * out + c * channel + p * row + q * column]);
  });
  return sums;
}

/** Gradient of the output: contiguous. */
function outputView(spec: ConvSpec): { offset: number; strides: number[] } {
  const [height, width] = spec.output;
  return { offset: 0, strides: [spec.groups * spec.channelsOut * height * width, height * width, width, 1] };
}

function naiveWeights(spec: ConvSpec, x: Floats, dy: Floats): Sums {
  const [height, width] = spec.output;
  const [kernelH, kernelW] = spec.kernel;
  const sums = accumulator(spec.dtype, spec.groups * spec.channelsOut * spec.channelsIn * kernelH * kernelW);
  eachProduct(spec, (n, g, o, c, p, q, i, j, xAt) => {
    const channel = g * spec.channelsOut + o;
    const at = ((channel * spec.channelsIn + c) * kernelH + p) * kernelW + q;
    sums.add(at, x[xAt], dy[((n * spec.groups * spec.channelsOut + channel) * height + i) * width + j]);
  });
  return sums;
}

/** Gradient of the input, by handing every product back to the input it came from; terms in the order of the outputs. */
function naiveInput(spec: ConvSpec, dy: Floats, w: Floats): Sums {
  const [height, width] = spec.output;
  const sums = accumulator(spec.dtype, spec.batch * spec.groups * spec.channelsIn * spec.input[0] * spec.input[1]);
  const [group, out, channel, row, column] = spec.w.strides;
  eachProduct(spec, (n, g, o, c, p, q, i, j, xAt) => {
    const dyAt = (((n * spec.groups + g) * spec.channelsOut + o) * height + i) * width + j;
    sums.add(xAt, dy[dyAt], w[spec.w.offset + g * group + o * out + c * channel + p * row + q * column]);
  });
  return sums;
}

/** The convolution that computes the input gradient: weights flipped and their channels swapped, all by strides. */
function inputGradientSpec(spec: ConvSpec): ConvSpec {
  const [group, out, channel, row, column] = spec.w.strides;
  const [kernelH, kernelW] = spec.kernel;
  return {
    ...spec,
    channelsIn: spec.channelsOut,
    channelsOut: spec.channelsIn,
    input: spec.output,
    output: spec.input,
    stride: spec.inputDilation,
    inputDilation: spec.stride,
    padding: [(kernelH - 1) * spec.dilation[0] - spec.padding[0], (kernelW - 1) * spec.dilation[1] - spec.padding[1]],
    x: outputView(spec),
    w: {
      offset: spec.w.offset + (kernelH - 1) * row + (kernelW - 1) * column,
      strides: [group, channel, out, -row, -column],
    },
  };
}

/** Runs a plan with several splits and compares it with the sums, bit for bit or within rounding. */
function compare(
  plan: ReturnType<typeof convPlan>,
  { dtype, relaxed }: ConvSpec,
  inputs: readonly Floats[],
  { exact, magnitude }: Sums,
  terms: number,
): void {
  const prepared = prepare(plan, dtype, inputs, exact.length);
  let first: Floats | undefined;
  for (const split of SPLITS) {
    prepared.poison();
    prepared.run(split);
    prepared.checkGuards();
    const got = prepared.output();
    if (first === undefined) first = got;
    else expect(firstDifference(got, first)).toBe(-1);
  }
  if (!relaxed) {
    const wrong = firstDifference(first!, exact);
    expect(wrong, `element ${wrong}: got ${first![wrong]}, expected ${exact[wrong]}`).toBe(-1);
    return;
  }
  const bound = 4 * (terms + 1) * (dtype === "f32" ? 2 ** -24 : 2 ** -53);
  const off = first!.findIndex((value, i) => !(Math.abs(value - exact[i]) <= bound * magnitude[i]));
  expect(off, `element ${off}: got ${first![off]}, expected ${exact[off]}`).toBe(-1);
}

/** Sizes of a convolution; what is left out is the plain case. */
type Sizes = Partial<Omit<ConvSpec, "x" | "w" | "output">> & { readonly far?: readonly [number, number] };

/** Specification with contiguous operands; `far` is the padding below and to the right. */
function makeSpec(sizes: Sizes): ConvSpec {
  const spec = {
    dtype: "f32" as const,
    relaxed: false,
    batch: 1,
    groups: 1,
    channelsIn: 1,
    channelsOut: 1,
    input: [5, 5] as const,
    kernel: [3, 3] as const,
    stride: [1, 1] as const,
    padding: [0, 0] as const,
    dilation: [1, 1] as const,
    inputDilation: [1, 1] as const,
    ...sizes,
  };
  const far = sizes.far ?? spec.padding;
  const output = [0, 1].map((d) => {
    const spread = (spec.input[d] - 1) * spec.inputDilation[d] + 1 + spec.padding[d] + far[d];
    return Math.max(0, Math.floor((spread - (spec.kernel[d] - 1) * spec.dilation[d] - 1) / spec.stride[d]) + 1);
  });
  const [h, w] = spec.input;
  const [kh, kw] = spec.kernel;
  const channels = spec.groups * spec.channelsIn;
  return {
    ...spec,
    output: [output[0], output[1]],
    x: { offset: 0, strides: [channels * h * w, h * w, w, 1] },
    w: {
      offset: 0,
      strides: [spec.channelsOut * spec.channelsIn * kh * kw, spec.channelsIn * kh * kw, kh * kw, kw, 1],
    },
  };
}

function operands(spec: ConvSpec, seed: number): [Floats, Floats] {
  const random = randomSource(seed);
  const x = spec.batch * spec.groups * spec.channelsIn * spec.input[0] * spec.input[1];
  const w = spec.groups * spec.channelsOut * spec.channelsIn * spec.kernel[0] * spec.kernel[1];
  return [random.floats(spec.dtype, x), random.floats(spec.dtype, w)];
}

function checkForward(spec: ConvSpec, seed: number, [x, w] = operands(spec, seed)): void {
  const terms = spec.channelsIn * spec.kernel[0] * spec.kernel[1];
  compare(convPlan(spec), spec, [x, w], naiveForward(spec, x, w), terms);
}

/** A random convolution with everything that can vary. */
function randomSizes(random: ReturnType<typeof randomSource>): Sizes {
  const pair = (lo: number, hi: number): [number, number] => [random.int(lo, hi), random.int(lo, hi)];
  const rare = (hi: number): [number, number] => (random.int(0, 1) === 0 ? [1, 1] : pair(1, hi));
  return {
    batch: random.int(1, 2),
    groups: random.int(1, 3),
    channelsIn: random.int(1, 4),
    channelsOut: random.int(1, 9),
    input: pair(1, 13),
    kernel: pair(1, 4),
    stride: rare(3),
    padding: pair(-1, 3),
    far: pair(-1, 3),
    dilation: rare(3),
    inputDilation: rare(4),
  };
}

describe.each(MODES)("convolution, $dtype, relaxed $relaxed", (mode) => {
  it("is right for plain kernels", () => {
    for (const kernel of [
      [1, 1],
      [3, 3],
      [2, 5],
      [5, 1],
    ] as const) {
      for (const channelsOut of [1, 2, 5, 6, 7, 13]) {
        const padding = [kernel[0] >> 1, kernel[1] >> 1] as const;
        checkForward(makeSpec({ ...mode, channelsIn: 3, channelsOut, kernel, padding, input: [6, 9] }), channelsOut);
      }
    }
  });

  it("is right for every width of the output", () => {
    for (let width = 1; width <= 20; width++) {
      checkForward(makeSpec({ ...mode, channelsIn: 2, channelsOut: 7, padding: [1, 1], input: [3, width] }), width);
    }
  });

  it("is right across blocks of channels, rows and columns", () => {
    checkForward(makeSpec({ ...mode, channelsIn: 67, channelsOut: 9, padding: [1, 1], input: [4, 6] }), 1);
    checkForward(makeSpec({ ...mode, channelsIn: 2, channelsOut: 5, padding: [1, 1], input: [70, 13] }), 2);
    checkForward(makeSpec({ ...mode, channelsIn: 2, channelsOut: 5, padding: [1, 1], input: [3, 531] }), 3);
    checkForward(makeSpec({ ...mode, channelsIn: 1, channelsOut: 515, kernel: [1, 1], input: [2, 3] }), 4);
    checkForward(makeSpec({ ...mode, channelsIn: 2, channelsOut: 3, kernel: [1, 300], input: [2, 310] }), 5);
  });

  it("is right for kernels of one tap and strides that leave inputs out", () => {
    checkForward(makeSpec({ ...mode, channelsIn: 5, channelsOut: 8, kernel: [1, 1], input: [7, 11] }), 1);
    checkForward(
      makeSpec({ ...mode, channelsIn: 5, channelsOut: 8, kernel: [1, 1], stride: [2, 2], input: [7, 11] }),
      2,
    );
    checkForward(
      makeSpec({ ...mode, channelsIn: 3, channelsOut: 8, kernel: [4, 4], stride: [4, 4], input: [16, 24] }),
      3,
    );
    checkForward(
      makeSpec({ ...mode, channelsIn: 2, channelsOut: 4, kernel: [2, 2], stride: [5, 3], input: [16, 24] }),
      4,
    );
  });

  it("is right with groups, up to one group per channel", () => {
    checkForward(makeSpec({ ...mode, batch: 2, groups: 12, padding: [1, 1], input: [9, 9] }), 1);
    checkForward(
      makeSpec({ ...mode, batch: 2, groups: 3, channelsIn: 4, channelsOut: 6, padding: [1, 1], input: [8, 8] }),
      2,
    );
  });

  it("is right for random shapes, strides, paddings, dilations and groups", () => {
    const random = randomSource(5);
    let checked = 0;
    for (let trial = 0; trial < 250; trial++) {
      const spec = makeSpec({ ...mode, ...randomSizes(random) });
      if (spec.output[0] * spec.output[1] === 0) continue;
      checkForward(spec, trial);
      checked++;
    }
    expect(checked).toBeGreaterThan(150);
  });

  it("takes an input with any strides", () => {
    const spec = makeSpec({ ...mode, batch: 2, channelsIn: 3, channelsOut: 7, padding: [1, 1], input: [6, 7] });
    for (const strides of [
      [1, 2, 6, 36],
      [400, 3, 60, 9],
      [-126, -42, -7, -1],
      [0, 42, 0, 1],
    ]) {
      const [, w] = operands(spec, 3);
      const x = randomSource(4).floats(mode.dtype, 1100);
      checkForward({ ...spec, x: { offset: 300, strides } }, 0, [x, w]);
    }
  });

  it("writes at the given start of its output", () => {
    const spec = makeSpec({ ...mode, channelsIn: 2, channelsOut: 3, padding: [1, 1], stride: [2, 1] });
    const [x, w] = operands(spec, 1);
    const size = 3 * spec.output[0] * spec.output[1];
    for (const plan of [convPlan, (s: ConvSpec) => convPlan({ ...s, inputDilation: [2, 2], input: [3, 3] })]) {
      const plain = prepare(plan(spec), mode.dtype, [x, w], size);
      const shifted = prepare(plan({ ...spec, start: 5 }), mode.dtype, [x, w], size + 5);
      plain.run();
      shifted.run();
      expect(shifted.output().subarray(5)).toEqual(plain.output());
      expect(shifted.output().subarray(0, 5).every(Number.isNaN)).toBe(true);
    }
  });

  it("gives zero without input channels", () => {
    const spec = makeSpec({ ...mode, channelsIn: 0, channelsOut: 3 });
    checkForward(spec, 1);
    const prepared = prepare(convPlan({ ...spec, batch: 0 }), mode.dtype, operands({ ...spec, batch: 0 }, 1), 0);
    prepared.run();
    expect(convPlan({ ...spec, batch: 0 }).launches).toEqual([]);
  });

  it("never multiplies the zeros of an input dilation", () => {
    const spec = makeSpec({ ...mode, channelsIn: 4, channelsOut: 4, inputDilation: [2, 2], padding: [1, 1] });
    const { launches } = convPlan(spec);
    expect(launches.filter(({ key }) => key.startsWith("conv:")).length).toBe(4);
    expect(launches.filter(({ key }) => key.startsWith("conv-pack:")).length).toBe(4);
  });

  it("computes input gradients from flipped, swapped weights without a copy of them", () => {
    const random = randomSource(6);
    for (let trial = 0; trial < 120; trial++) {
      const spec = makeSpec({ ...mode, ...randomSizes(random) });
      if (spec.output[0] * spec.output[1] === 0) continue;
      const gradient = inputGradientSpec(spec);
      const [dy, w] = operands(gradient, trial);
      const terms = spec.channelsOut * spec.kernel[0] * spec.kernel[1];
      // The gradient's own order of terms: bit for bit against a plain loop, within rounding against the definition.
      checkForward(gradient, trial, [dy, w]);
      compare(convPlan(gradient), { ...gradient, relaxed: true }, [dy, w], naiveInput(spec, dy, w), terms);
    }
  });

  it("computes weight gradients", () => {
    const check = (sizes: Sizes, seed: number): void => {
      const spec = makeSpec({ ...mode, ...sizes });
      const dyView = outputView(spec);
      const [x] = operands(spec, seed);
      const dy = randomSource(seed + 1).floats(spec.dtype, spec.batch * dyView.strides[0]);
      const terms = spec.batch * spec.output[0] * spec.output[1];
      compare(convWeightsPlan({ ...spec, dy: dyView }), spec, [x, dy], naiveWeights(spec, x, dy), terms);
    };
    check({ channelsIn: 67, channelsOut: 9, padding: [1, 1], input: [4, 6] }, 1);
    check({ channelsIn: 2, channelsOut: 150, padding: [1, 1], input: [7, 7], batch: 3 }, 2);
    check({ channelsIn: 2, channelsOut: 5, padding: [1, 1], input: [70, 13] }, 3);
    check({ channelsIn: 2, channelsOut: 5, padding: [1, 1], input: [3, 531] }, 4);
    check({ channelsIn: 5, channelsOut: 8, kernel: [1, 1], input: [7, 11], batch: 2 }, 5);
    check({ groups: 12, padding: [1, 1], input: [9, 9], batch: 2 }, 6);
    check({ channelsIn: 3, channelsOut: 4, batch: 0 }, 7);
    check({ channelsIn: 32, channelsOut: 40, padding: [1, 1], input: [12, 12], batch: 2 }, 8);
    check({ groups: 2, channelsIn: 30, channelsOut: 9, padding: [1, 1], input: [3, 270], batch: 2 }, 9);
    const random = randomSource(7);
    for (let trial = 0; trial < 150; trial++) check(randomSizes(random), trial);
  });

  it("takes an output gradient with any strides", () => {
    for (const [channelsIn, channelsOut] of [
      [3, 7],
      [25, 9],
    ]) {
      const spec = makeSpec({ ...mode, batch: 2, channelsIn, channelsOut, padding: [1, 1], input: [6, 7] });
      const [x] = operands(spec, 1);
      const [height, width] = spec.output;
      const plain = outputView(spec);
      const dy = randomSource(2).floats(mode.dtype, 2 * plain.strides[0]);
      const reversed = dy.slice().reverse() as Floats;
      const view = { offset: dy.length - 1, strides: plain.strides.map((stride) => -stride) };
      const terms = 2 * height * width;
      compare(convWeightsPlan({ ...spec, dy: view }), spec, [x, reversed], naiveWeights(spec, x, dy), terms);
    }
  });

  it("cuts work worth two threads into at least eight units", () => {
    const spec = makeSpec({ ...mode, batch: 1, channelsIn: 64, channelsOut: 64, padding: [1, 1], input: [32, 32] });
    for (const plan of [convPlan(spec), convWeightsPlan({ ...spec, dy: outputView(spec) })]) {
      expect(plan.launches.at(-1)!.units).toBeGreaterThanOrEqual(8);
    }
  });
});
