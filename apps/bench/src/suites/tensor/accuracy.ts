/** A1 to A3: elementary functions against the truth. */
import { cos, erf, exp, log, sin, tanh, tensor, type Tensor } from "@ansatz/tensor";
import { key, uniform } from "@ansatz/tensor/random";
import { breathe } from "../../cli/io.ts";
import { openDevice } from "../../device.ts";
import { exactMath, ulpsFrom } from "../../measure/exactMath.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";

/** A function with the part of its domain on which it is tried. */
interface Tried {
  readonly name: keyof typeof exactMath;
  readonly apply: (x: Tensor) => Tensor;
  /** Largest argument in f32 and f64. */
  readonly largest: { readonly f32: number; readonly f64: number };
  /** Exponent of two of the smallest argument. Subnormal numbers, which a GPU may take for zero, are left out. */
  readonly smallestExponent: { readonly f32: number; readonly f64: number };
  /** Whether negative arguments belong to the domain. */
  readonly negative: boolean;
  /** Most units in the last place, f32. */
  readonly goal: number;
}

const SMALL = { f32: -30, f64: -30 };

const FUNCTIONS: readonly Tried[] = [
  { name: "exp", apply: exp, largest: { f32: 87, f64: 700 }, smallestExponent: SMALL, negative: true, goal: 1.5 },
  {
    name: "log",
    apply: log,
    largest: { f32: 3e38, f64: 1e300 },
    smallestExponent: { f32: -126, f64: -1022 },
    negative: false,
    goal: 1.5,
  },
  { name: "sin", apply: sin, largest: { f32: 1e6, f64: 1e6 }, smallestExponent: SMALL, negative: true, goal: 1.5 },
  { name: "cos", apply: cos, largest: { f32: 1e6, f64: 1e6 }, smallestExponent: SMALL, negative: true, goal: 1.5 },
  { name: "tanh", apply: tanh, largest: { f32: 20, f64: 40 }, smallestExponent: SMALL, negative: true, goal: 2 },
  { name: "erf", apply: erf, largest: { f32: 6, f64: 7 }, smallestExponent: SMALL, negative: true, goal: 2 },
];

/** Points per function. */
const POINTS = 20_000;

/** Arguments: a third uniform over a few units, a third uniform over the range, a third uniform in the exponent. */
async function argumentsOf(tried: Tried, dtype: "f32" | "f64", seed: number): Promise<Float32Array | Float64Array> {
  using drawn = uniform(key(seed).fold(FUNCTIONS.indexOf(tried)), [POINTS, 2], { dtype: "f64", device: "cpu" });
  const u = await drawn.data();
  const top = tried.largest[dtype];
  const values = Float64Array.from({ length: POINTS }, (_, i) => {
    const [a, b] = [u[2 * i], u[2 * i + 1]];
    const sign = tried.negative && b < 0.5 ? -1 : 1;
    if (i % 3 === 0) return sign * Math.min(top, 4) * (a + 1e-9);
    if (i % 3 === 1) return sign * top * (a + 1e-9);
    const [low, high] = [tried.smallestExponent[dtype], Math.log2(top)];
    return sign * 2 ** (low + (high - low) * a);
  });
  return dtype === "f32" ? Float32Array.from(values) : values;
}

/** Largest error of every function on a device, in units in the last place, and its results. */
async function errors(
  device: string,
  dtype: "f32" | "f64",
  context: FigureContext,
): Promise<{ readonly worst: Map<string, number>; readonly results: Map<string, ArrayLike<number>> }> {
  const worst = new Map<string, number>();
  const results = new Map<string, ArrayLike<number>>();
  for (const tried of FUNCTIONS) {
    context.report(`${tried.name} in ${dtype} on ${device}`);
    const x = await argumentsOf(tried, dtype, context.seed);
    using input = tensor(x, { device });
    using output = tried.apply(input);
    const y = await output.data();
    let most = 0;
    for (let i = 0; i < POINTS; i++) {
      if (i % 2000 === 0) await breathe(context.signal);
      most = Math.max(most, ulpsFrom(y[i], exactMath[tried.name](x[i]), dtype));
    }
    worst.set(tried.name, most);
    results.set(tried.name, y);
  }
  return { worst, results };
}

function rows(figure: string, what: string, goal: (tried: Tried) => number, worst: Map<string, number>): Row[] {
  return FUNCTIONS.map((tried) =>
    makeRow({
      id: `${figure}.${tried.name}`,
      title: `${tried.name}, ${what}`,
      unit: "ulp",
      better: "less",
      value: worst.get(tried.name) ?? null,
      runs: POINTS,
      target: { relation: "<=", value: goal(tried) },
    }),
  );
}

export const a1: Figure = {
  id: "A1",
  title: "f32 functions: error, and JavaScript equal to WebAssembly",
  async run(context) {
    const wasm = await errors("cpu", "f32", context);
    let different = 0;
    for (const tried of FUNCTIONS) {
      using x = tensor(await argumentsOf(tried, "f32", context.seed), { device: "js" });
      using y = tried.apply(x);
      const oracle = await y.data();
      const got = wasm.results.get(tried.name) as ArrayLike<number>;
      for (let i = 0; i < POINTS; i++) if (!Object.is(oracle[i], got[i])) different++;
    }
    return [
      ...rows("A1", "largest error in f32", ({ goal }) => goal, wasm.worst),
      makeRow({
        id: "A1.equal",
        title: "results in which JavaScript and WebAssembly differ",
        unit: "results",
        better: "equal",
        value: different,
        runs: POINTS * FUNCTIONS.length,
        target: { relation: "=", value: 0 },
      }),
    ];
  },
};

export const a2: Figure = {
  id: "A2",
  title: "f64 functions: error",
  run: async (context) => rows("A2", "largest error in f64", () => 2, (await errors("cpu", "f64", context)).worst),
};

export const a3: Figure = {
  id: "A3",
  title: "f32 functions on WebGPU: error",
  async run(context) {
    const device = await openDevice("webgpu");
    try {
      const { worst } = await errors("webgpu", "f32", context);
      return rows("A3", `largest error in f32, ${device.description}`, () => 2, worst);
    } finally {
      device.release();
    }
  },
};
