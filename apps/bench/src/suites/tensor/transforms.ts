/** D3 to D5: Fourier transforms, their error, and convolutions. */
import { tensor } from "@ansatz/tensor";
import { fft } from "@ansatz/tensor/fft";
import { complexRamp, type Work } from "../../peers/work.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";
import { timeWork } from "../timing.ts";
import { onOneThread } from "./elementwise.ts";

/** Most milliseconds per transform, by shape and type. */
const TRANSFORMS: readonly (readonly [shape: number[], dtype: "c64" | "c128", goal: number | null])[] = [
  [[4096], "c128", 0.3],
  [[65536], "c128", 2],
  [[2 ** 20], "c128", 45],
  [[512, 512], "c128", 12],
  [[1024, 1024], "c64", null],
];

/** Largest factor between our time and that of SciPy for the transform of an image in f32. */
const SCIPY_FACTOR = 2.5;

/** How many times longer we take than a peer, from the row of the comparison; null without the peer. */
function against(row: Row, peer: string): number | null {
  const ratio = row.peers.find(({ name }) => name === peer)?.ratio ?? null;
  return ratio === null ? null : 1 / ratio;
}

export const d3: Figure = {
  id: "D3",
  title: "complex Fourier transforms",
  run: (context) =>
    onOneThread(async () => {
      const rows: Row[] = [];
      for (const [shape, dtype, goal] of TRANSFORMS) {
        rows.push(
          await timeWork(context, {
            id: `D3.${shape.join("x")}`,
            title: `transform of ${shape.join(" x ")}, ${dtype}, one thread`,
            work: { kind: "fft", shape, dtype },
            unit: "ms",
            target: goal === null ? undefined : { relation: "<=", value: goal },
            beats: ["fft.js", "jax-js", "numpy-ts"],
          }),
        );
      }
      rows.push(
        makeRow({
          id: "D3.scipy",
          title: "time for 1024 x 1024, c64, against that of SciPy",
          unit: "x",
          better: "less",
          value: against(rows[rows.length - 1], "NumPy"),
          target: { relation: "<=", value: SCIPY_FACTOR },
          note: "measured with --peers where Python has SciPy",
        }),
      );
      return rows;
    }),
};

const LENGTHS = [1, 2, 3, 4, 5, 7, 8, 12, 17, 60, 64, 97, 128, 1000, 1009];

/** The sum that a transform stands for, with angles reduced exactly. */
function direct(x: Float64Array, n: number): Float64Array {
  const y = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      y[2 * k] += x[2 * j] * c - x[2 * j + 1] * s;
      y[2 * k + 1] += x[2 * j] * s + x[2 * j + 1] * c;
    }
  }
  return y;
}

export const d4: Figure = {
  id: "D4",
  title: "error of Fourier transforms against the sum, c128",
  async run() {
    const errors: number[] = [];
    for (const n of LENGTHS) {
      const x = Float64Array.from(complexRamp(n));
      using input = tensor(x, { shape: [n, 2], device: "cpu" });
      using output = fft(input);
      const [got, want] = [await output.data(), direct(x, n)];
      const scale = want.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const worst = want.reduce((most, v, i) => Math.max(most, Math.abs(v - got[i])), 0);
      errors.push(worst / (scale * Math.max(1, Math.log2(n))));
    }
    return [
      makeRow({
        id: "D4",
        title: "largest error over log2(n) and the largest result, 15 lengths up to 1009",
        unit: "",
        better: "less",
        value: Math.max(...errors),
        runs: LENGTHS.length,
        target: { relation: "<=", value: 5e-16 },
      }),
    ];
  },
};

const IMAGES = { batch: 8, channels: 64, outputs: 64, size: 32 };

/** Rates of the convolution of images and of both its gradients. */
async function convolution(context: FigureContext, id: string, title: string, work: Work, goal: number): Promise<Row> {
  return await timeWork(context, {
    id,
    title: `${title}, 3 x 3, 64 to 64 channels, [8, 64, 32, 32], one thread`,
    work,
    unit: "GFLOP/s",
    target: { relation: ">=", value: goal },
    beats: ["tfjs-wasm", "jax-js"],
  });
}

export const d5: Figure = {
  id: "D5",
  title: "convolution of images",
  run: (context) =>
    onOneThread(async () => [
      await convolution(context, "D5.forward", "convolution", { kind: "conv2d", ...IMAGES }, 35),
      await convolution(context, "D5.backward", "both gradients", { kind: "conv2dGradients", ...IMAGES }, 25),
    ]),
};
