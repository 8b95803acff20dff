/** The transform in plain JavaScript, with the steps, butterflies and constants of the fast versions. */
import type { JsOperand } from "../backend/backend.ts";
import { butterfly, product, type Complex, type Reals } from "./butterfly.ts";
import { frequenciesOf, type Radix } from "./factor.ts";
import { placesFor, signalOf, stepsOf, type FftAttr, type Step } from "./steps.ts";
import { tableLayout, type StepTables } from "./tables.ts";

interface Numbers {
  [index: number]: number;
}

/** Arithmetic of a float type. */
export function rounded(dtype: string): Reals<number> {
  if (dtype !== "f32") {
    return { add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, constant: (x) => x };
  }
  return {
    add: (a, b) => Math.fround(a + b),
    sub: (a, b) => Math.fround(a - b),
    mul: (a, b) => Math.fround(a * b),
    constant: Math.fround,
  };
}

/** Where a step reads or writes. */
interface Place {
  readonly data: Numbers;
  readonly offset: number;
  /** Distance of the real from the imaginary part. */
  readonly pair: number;
  /** Parts exchanged: conj(i x), which turns a transform into its inverse. */
  readonly swapped: boolean;
}

function passes(
  o: Reals<number>,
  x: Complex<number>[],
  tables: StepTables,
  factor: (at: number) => Complex<number>,
): void {
  for (const { radix, span, factors } of tables.passes) {
    for (let block = 0; block < x.length; block += radix * span) {
      for (let j = 0; j < span; j++) {
        const at = Array.from({ length: radix }, (_, leg) => block + j + leg * span);
        const y = butterfly(
          o,
          radix as Radix,
          at.map((i) => x[i]),
        );
        at.forEach((i, place) => {
          const twiddled = place > 0 && span > 1;
          x[i] = twiddled ? product(o, y[place], factor(factors + j * (radix - 1) + place - 1)) : y[place];
        });
      }
    }
  }
}

function runStep(
  o: Reals<number>,
  step: Step,
  tables: StepTables,
  from: Place,
  to: Place,
  factor: (at: number) => Complex<number>,
  scale: number,
): void {
  const { lanes, length } = step;
  const loads = placesFor(step.load, length);
  const stores = placesFor(step.store, length);
  const frequencies = frequenciesOf(length);
  const count = lanes.reduce((n, lane) => n * lane.size, 1);
  for (let i = 0; i < count; i++) {
    let [source, target, column] = [from.offset, to.offset, 0];
    let rest = i;
    for (const lane of lanes) {
      const at = rest % lane.size;
      rest = (rest - at) / lane.size;
      source += at * lane.from;
      target += at * lane.to;
      column += at * lane.column;
    }
    const x = Array.from({ length }, (_, e): Complex<number> => {
      const [a, b] = [from.data[source + loads[e]], from.data[source + loads[e] + from.pair]];
      return from.swapped ? { re: b, im: a } : { re: a, im: b };
    });
    passes(o, x, tables, factor);
    const { between } = tables;
    x.forEach((value, position) => {
      let y = value;
      const k = frequencies[position];
      if (between !== null) {
        const { low, high, columns, group, groups } = between;
        const first = factor(low + (k % group) * columns + column);
        const w = groups === 1 ? first : product(o, first, factor(high + Math.floor(k / group) * columns + column));
        y = product(o, y, w);
      } else if (scale !== 1) y = { re: o.mul(y.re, scale), im: o.mul(y.im, scale) };
      const at = target + stores[k];
      to.data[at] = to.swapped ? y.im : y.re;
      to.data[at + to.pair] = to.swapped ? y.re : y.im;
    });
  }
}

/** Oracle of the transform: inputs x [..., n, ..., 2] and the constants, output like x. */
export function fftOracle(inputs: readonly JsOperand[], outputs: readonly JsOperand[], attr: unknown): void {
  const [x, constants] = inputs;
  const [y] = outputs;
  const { axis, inverse, scale, lengths } = attr as FftAttr;
  const input = signalOf(x, axis);
  const output = signalOf(y, axis);
  const steps = stepsOf(attr as FftAttr, input.sizes, input.view, output.view);
  const { steps: tables } = tableLayout(lengths);
  const o = rounded(y.dtype);
  const temp: Place = {
    data: new Float64Array(y.shape.reduce((a, b) => a * b, 1)),
    offset: 0,
    pair: 1,
    swapped: false,
  };
  const places = {
    input: { data: x.data, offset: x.offset, pair: input.pair, swapped: inverse },
    temp,
    output: { data: y.data, offset: y.offset, pair: 1, swapped: inverse },
  };
  const factor = (at: number): Complex<number> => ({
    re: constants.data[constants.offset + 2 * at],
    im: constants.data[constants.offset + 2 * at + 1],
  });
  steps.forEach((step, s) => {
    const last = s === steps.length - 1;
    runStep(o, step, tables[s], places[step.from], places[step.to], factor, last ? o.constant(scale) : 1);
  });
}
