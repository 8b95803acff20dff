/** The Fourier transform on the CPU: one launch per step. */
import { frequenciesOf, radicesOf, type SplitOptions } from "../../fft/factor.ts";
import { placesFor, signalOf, stepsOf, type FftAttr, type Step } from "../../fft/steps.ts";
import { tableLayout, type StepTables } from "../../fft/tables.ts";
import type { CpuLaunch, CpuRoutine, Word } from "../backend.ts";
import { lineOf, type Access } from "./fftAccess.ts";
import { fftModule, fftScratch, FFT_WORDS, type FftConfig, type Finish } from "./fftKernel.ts";
import { formatOf, GROUP, type FloatType, type Format } from "./fftPasses.ts";

/** How transforms are cut for the CPU. */
export function cpuSplit(dtype: FloatType): SplitOptions {
  return { lanes: formatOf(dtype).lanes, longest: 2048 };
}

/** Bits of a number in the two words of its parameter. */
function numberWords(dtype: FloatType, x: number): [number, number] {
  if (dtype === "f32") return [new Int32Array(Float32Array.of(x).buffer)[0], 0];
  const [low, high] = new Int32Array(Float64Array.of(x).buffer);
  return [low, high];
}

/** Whether the lanes of every group are neighbours, `step` apart. */
function neighbours({ lanes }: Step, key: "from" | "to" | "column", step: number, format: Format): boolean {
  return lanes[0][key] === step && lanes[0].size % format.lanes === 0;
}

/** Whether places are those of adjacent complex numbers, in whole cache lines. */
function adjacent(places: ArrayLike<number>, format: Format): boolean {
  return places.length % lineOf(format) === 0 && Array.from(places).every((place, i) => place === 2 * i);
}

interface Pointers {
  readonly input: Word;
  readonly output: Word;
  readonly constants: number;
  readonly pair: number;
}

/** Twiddle factors per result. */
const FACTORS: Readonly<Record<Finish, number>> = { none: 0, scale: 0, twiddle: 1, twiddleTwice: 2 };

function stepLaunch(
  dtype: FloatType,
  step: Step,
  tables: StepTables,
  pointers: Pointers,
  swap: { readonly load: boolean; readonly store: boolean },
  scale: number,
): CpuLaunch {
  const format = formatOf(dtype);
  const { width } = format;
  const { lanes, length } = step;
  const { between, passes } = tables;
  const finish: Finish =
    between === null ? (scale === 1 ? "none" : "scale") : between.groups === 1 ? "twiddle" : "twiddleTwice";
  // Results are stored in the order of their places in memory.
  const places = placesFor(step.store, length);
  const positions = frequenciesOf(length);
  const order = Array.from(positions.keys()).toSorted((a, b) => places[positions[a]] - places[positions[b]]);
  const frequencies = order.map((position) => positions[position]);
  const loads = placesFor(step.load, length);
  const stores = frequencies.map((k) => places[k]);
  const near = (key: "from" | "to", places: ArrayLike<number>): Exclude<Access, "apart"> =>
    neighbours(step, key, 2, format) ? "neighbours" : adjacent(places, format) ? "rows" : "scattered";
  const store = near("to", stores);
  const config: FftConfig = {
    dtype,
    radices: [...new Set(radicesOf(length))].toSorted((a, b) => a - b),
    load: pointers.pair !== 1 ? "apart" : near("from", loads),
    // Between steps results are stored one by one, with their twiddle factors.
    store: store === "rows" && between !== null ? "scattered" : store,
    columns: neighbours(step, "column", 1, format) ? "neighbours" : "scattered",
    swapLoad: swap.load,
    swapStore: swap.store,
    finish,
  };
  const batch = lanes.reduce((n, lane) => n * lane.size, 1);
  const [scaleLow, scaleHigh] = numberWords(dtype, scale);
  const factor = (at: number): Word => ({ input: 1, bytes: (pointers.constants + 2 * at) * width });
  const words: Record<(typeof FFT_WORDS)[number], Word> = {
    input: pointers.input,
    output: pointers.output,
    factors: factor(0),
    low: factor(between?.low ?? 0),
    high: factor(between?.high ?? 0),
    bytes: length * GROUP,
    passes: passes.length,
    batch,
    axes: lanes.length,
    pair: pointers.pair * width,
    scale: scaleLow,
    scaleHigh,
  };
  const row = 2 * width * (between?.columns ?? 0);
  const group = between?.group ?? length;
  const factorPlaces = [frequencies.map((k) => (k % group) * row), frequencies.map((k) => Math.floor(k / group) * row)];
  return {
    key: `fft ${JSON.stringify(config)}`,
    bytes: (shared) => fftModule(config, shared),
    words: [
      ...FFT_WORDS.map((name) => words[name]),
      ...passes.flatMap(({ radix, span, factors }) => [radix, span * GROUP, 2 * width * factors]),
      ...lanes.flatMap(({ size, from, to, column }) => [size, from * width, to * width, column * 2 * width]),
      ...Array.from(loads, (place) => place * width),
      ...order.map((position) => position * GROUP),
      ...stores.map((place) => place * width),
      ...factorPlaces.slice(0, FACTORS[finish]).flat(),
    ],
    units: Math.ceil(batch / format.lanes),
    unitCost: 50 + length * (6 + 4 * passes.length),
    scratch: fftScratch(length),
  };
}

function isFloatType(dtype: string): dtype is FloatType {
  return dtype === "f32" || dtype === "f64";
}

/** Inputs x [..., n, ..., 2] of any strides and the constants; output [..., n, ..., 2]. */
export const fftCpu: CpuRoutine = (inputs, outputs, attr) => {
  const [x, constants] = inputs;
  const [y] = outputs;
  const { dtype } = y;
  if (!isFloatType(dtype)) return null;
  const { axis, inverse, scale, lengths } = attr as FftAttr;
  const input = signalOf(x, axis);
  const output = signalOf(y, axis);
  const steps = stepsOf(attr as FftAttr, input.sizes, input.view, output.view);
  const { width } = formatOf(dtype);
  const { steps: tables } = tableLayout(lengths);
  const size = y.shape.reduce((a, b) => a * b, 1);
  const launches = steps.map((step, s) => {
    const first = s === 0;
    const last = s === steps.length - 1;
    const pointers: Pointers = {
      input: step.from === "input" ? { input: 0, bytes: x.offset * width } : { temp: 0 },
      output: step.to === "output" ? { output: 0, bytes: y.offset * width } : { temp: 0 },
      constants: constants.offset,
      pair: first ? input.pair : 1,
    };
    const swap = { load: inverse && first, store: inverse && last };
    return stepLaunch(dtype, step, tables[s], pointers, swap, last ? scale : 1);
  });
  return { temps: steps.length > 1 ? [size * width] : [], launches };
};
