/** Weight methods: GPTQ and its polish against rounding, and the worst output error. */
import {
  gptq,
  gptqCodes,
  minMaxRow,
  nearestCodes,
  outputError,
  polish,
  roundToNearest,
  rowViolation,
  spannedLevels,
  type LinearLayer,
} from "@ansatz/quant";
import { key, normal } from "@ansatz/tensor/random";
import { checkSignal } from "../../cli/io.ts";
import { summarize } from "../../measure/statistics.ts";
import type { Figure } from "../base.ts";
import { fromSummary, makeRow } from "../rows.ts";

const LAYERS = 20;
const BITS = 3;

/** A layer with correlated inputs, some columns of them large. */
async function randomLayer(seed: number, rows: number, columns: number, samples: number): Promise<LinearLayer> {
  const [a, b, c] = key(seed).split(3);
  const z = (await normal(a, [samples, columns]).data()) as Float32Array;
  const mix = (await normal(b, [columns, columns]).data()) as Float32Array;
  const inputs = new Float64Array(samples * columns);
  for (let k = 0; k < samples; k++) {
    for (let j = 0; j < columns; j++) {
      let v = z[k * columns + j];
      for (let i = 0; i < columns; i++) v += (0.7 * z[k * columns + i] * mix[i * columns + j]) / Math.sqrt(columns);
      inputs[k * columns + j] = v * (j % 11 === 3 ? 4 : 1);
    }
  }
  return { rows, columns, weight: (await normal(c, [rows, columns]).data()) as Float32Array, inputs };
}

export const gptqFigure: Figure = {
  id: "gptq",
  title: `squared output error of ${LAYERS} layers with correlated inputs, ${BITS} bits`,
  async run({ seed, signal, report }) {
    const ratios: (readonly [number, number])[] = [];
    for (let i = 0; i < LAYERS; i++) {
      checkSignal(signal);
      report(`layer ${i + 1} of ${LAYERS}`);
      const layer = await randomLayer(seed + i, 16, 64, 256);
      const found = gptq(layer, { bits: BITS });
      const error = outputError(layer, found.values);
      ratios.push([
        error / outputError(layer, roundToNearest(layer, { bits: BITS }).values),
        outputError(layer, polish(layer, found).values) / error,
      ]);
    }
    const row = (id: string, title: string, which: 0 | 1, limit: number): ReturnType<typeof makeRow> =>
      makeRow({
        id: `gptq.${id}`,
        title,
        unit: "x",
        better: "less",
        ...fromSummary(summarize(ratios.map((pair) => pair[which]))),
        target: { relation: "<=", value: limit },
      });
    return [row("rtn", "GPTQ against rounding to nearest", 0, 0.65), row("polish", "polished against GPTQ", 1, 0.95)];
  },
};

const SIZES = [
  [32, 128],
  [64, 256],
  [128, 512],
] as const;

export const minMaxFigure: Figure = {
  id: "minmax",
  title: `worst output error of single rows, ${BITS} bits`,
  async run({ seed, signal, report }) {
    const rows = [];
    for (const [m, n] of SIZES) {
      checkSignal(signal);
      report(`${m} weights, ${n} inputs`);
      const { weight, inputs } = await randomLayer(seed + m, 1, m, n);
      const levels = spannedLevels(weight, BITS);
      const rtn = rowViolation(weight, inputs, levels, nearestCodes(weight, levels));
      const start = rowViolation(weight, inputs, levels, gptqCodes(weight, inputs, levels));
      const began = performance.now();
      const found = await minMaxRow(weight, inputs, { bits: BITS, iterations: 60, key: key(seed) });
      const seconds = (performance.now() - began) / 1000;
      rows.push(
        makeRow({
          id: `minmax.${m}x${n}.gptq`,
          title: `${m} weights, ${n} inputs: against GPTQ (${(start.worst / rtn.worst).toFixed(2)} of rounding)`,
          unit: "x",
          better: "less",
          value: found.worst / start.worst,
          target: { relation: "<=", value: 0.85 },
        }),
        makeRow({
          id: `minmax.${m}x${n}.squares`,
          title: `${m} weights, ${n} inputs: sum of squares against GPTQ`,
          unit: "x",
          better: "less",
          value: found.squares / start.squares,
          target: { relation: "<=", value: 1.3 },
        }),
        makeRow({
          id: `minmax.${m}x${n}.time`,
          title: `${m} weights: time`,
          unit: "s",
          better: "less",
          value: seconds,
        }),
      );
    }
    return rows;
  },
};
