/** C1 to C4: elementwise expressions without `compile`, small tensors, and how many kernels they need. */
import { configure, memory, tensor } from "@ansatz/tensor";
import { ramp } from "../../peers/work.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";
import { timeWork } from "../timing.ts";

const MILLION = 1 << 20;

/** Runs `measure` with the CPU device on one thread. */
export async function onOneThread<T>(measure: () => Promise<T>): Promise<T> {
  const before = configure({ threads: 1 });
  try {
    return await measure();
  } finally {
    configure({ threads: before.threads });
  }
}

export const c1: Figure = {
  id: "C1",
  title: "tanh(2x + 1) x of a million elements, uncompiled",
  run: (context) =>
    onOneThread(async () => [
      await timeWork(context, {
        id: "C1",
        title: "tanh(2x + 1) x, 2^20 f32, one thread",
        work: { kind: "tanhChain", size: MILLION },
        unit: "ms",
        target: { relation: "<=", value: 5 },
        beats: ["tfjs-wasm", "jax-js", "numpy-ts", "NumPy"],
      }),
    ]),
};

export const c2: Figure = {
  id: "C2",
  title: "(2x + 1) x of a million elements, uncompiled",
  run: (context) =>
    onOneThread(async () => [
      await timeWork(context, {
        id: "C2",
        title: "(2x + 1) x, 2^20 f32, one thread",
        work: { kind: "affineChain", size: MILLION },
        unit: "ms",
        target: { relation: "<=", value: 0.6 },
        beats: ["tfjs-wasm", "jax-js", "numpy-ts", "NumPy"],
      }),
    ]),
};

/** Kernels that the CPU device compiles while `work` runs. */
function kernelsFor(work: () => void): number {
  const before = memory("cpu").kernels;
  work();
  return memory("cpu").kernels - before;
}

export const c3: Figure = {
  id: "C3",
  title: "six operations on 64 elements, another scalar in every call",
  async run(context: FigureContext): Promise<Row[]> {
    const x = tensor(ramp(64), { device: "cpu" });
    const compiled = kernelsFor(() => {
      for (let i = 0; i < 1000; i++) {
        // Subtracted last, so that no other figure has compiled this expression before.
        const c = 1 + i / 1000;
        const y = x.mul(c).sub(0.25).mul(2).add(0.5).mul(c).sub(c);
        y.eval();
        y.dispose();
      }
    });
    x.dispose();
    return [
      await timeWork(context, {
        id: "C3.time",
        title: "six operations on 64 elements",
        work: { kind: "scalarChain", size: 64 },
        unit: "us",
        target: { relation: "<=", value: 60 },
      }),
      makeRow({
        id: "C3.kernels",
        title: "kernels compiled in 1000 calls",
        unit: "kernels",
        better: "less",
        value: compiled,
        target: { relation: "<=", value: 1 },
      }),
    ];
  },
};

/** Sizes without a common pattern: 50 numbers from 100 to about 50 000. */
const SIZES = Array.from({ length: 50 }, (_, i) => 100 + i * 1013 + (i % 7));

export const c4: Figure = {
  id: "C4",
  title: "one function at 50 different sizes",
  async run(): Promise<Row[]> {
    let seconds = 0;
    const kernels = kernelsFor(() => {
      const start = performance.now();
      for (const size of SIZES) {
        using x = tensor(ramp(size), { device: "cpu" });
        using y = x.mul(3).add(1).sigmoid().mul(x);
        y.eval();
      }
      seconds = (performance.now() - start) / 1000;
    });
    return [
      makeRow({
        id: "C4.kernels",
        title: "kernels compiled for 50 sizes",
        unit: "kernels",
        better: "less",
        value: kernels,
        target: { relation: "<=", value: 3 },
      }),
      makeRow({
        id: "C4.time",
        title: "first calls at 50 sizes, compilation included",
        unit: "ms",
        better: "less",
        value: seconds * 1000,
      }),
    ];
  },
};
