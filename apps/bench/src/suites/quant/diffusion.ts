/** The quantised denoiser of digits: sample quality, and which time steps to calibrate on. */
import {
  calibrationBatch,
  gptqMethod,
  quantizedFunction,
  type PtqOptions,
  type QuantizedModel,
  type TimePolicy,
} from "@ansatz/quant";
import { disposeTree } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import type { UNetParams } from "@ansatz/nn";
import { digitNetwork, digitSchedule } from "../../models/digitDenoiser.ts";
import type { Row } from "../../results/benchResult.ts";
import { calibrateDigits, digitParameters, quantizeDigits } from "../../tour/quant/models.ts";
import { runQuant, QUANT_SETTINGS } from "../../tour/quant/run.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

export const qualityFigure: Figure = {
  id: "ptq-quality",
  title: "Fréchet distance of digits from quantised denoisers",
  async run({ seed, device, signal, report }) {
    const settings = { ...QUANT_SETTINGS, count: 250, shown: 1, calibration: 64 };
    const { runs } = await runQuant({ key: key(seed), device, signal, report }, settings);
    const [float, ...quantized] = runs;
    return quantized.flatMap((run): Row[] => [
      makeRow({
        id: `ptq-quality.${run.name}`,
        title: `${run.name}: Fréchet distance against the float denoiser's (${float.frechet.toFixed(1)})`,
        unit: "x",
        better: "less",
        value: run.frechet / float.frechet,
        target: run.name === "W8A8" ? { relation: "<=", value: 1.05 } : undefined,
      }),
      makeRow({
        id: `ptq-quality.${run.name}.size`,
        title: `${run.name}: size against float32`,
        unit: "x",
        better: "less",
        value: run.bytes / float.bytes,
      }),
    ]);
  },
};

/** Mean square of the change of the predicted noise on states of sampling at all times. */
async function changeOf(params: UNetParams, model: QuantizedModel<UNetParams>, seed: number): Promise<number> {
  const test = await calibrateDigits(params, { n: 24, times: { kind: "uniform" }, key: key(seed).fold(99) });
  const apply = quantizedFunction(model);
  const network = digitNetwork();
  let sum = 0;
  for (let i = 0; i < test.t.length; i++) {
    const { x, time } = calibrationBatch(test, i, i + 1);
    using exact = network.apply(params, x, time);
    using found = apply(x, test.t[i]);
    const [a, b] = [await exact.data(), await found.data()];
    for (let k = 0; k < a.length; k++) sum += (a[k] - b[k]) ** 2 / a.length;
  }
  return sum / test.t.length;
}

const POLICIES: readonly TimePolicy[] = [
  { kind: "normal" },
  { kind: "uniform" },
  { kind: "first" },
  { kind: "last" },
  { kind: "mean" },
];

export const timesFigure: Figure = {
  id: "ptq-times",
  title: "change of the predicted noise, W8A8, by the time steps of the calibration set",
  async run({ seed, device, report }) {
    const params = await digitParameters(device.name);
    try {
      const errors = new Map<string, number>();
      for (const times of POLICIES) {
        report(times.kind);
        const set = await calibrateDigits(params, { n: 48, times, key: key(seed) });
        const model = await quantizeDigits(params, set, { weightBits: 8, inputBits: 8 });
        errors.set(times.kind, await changeOf(params, model, seed));
      }
      const at = (kind: TimePolicy["kind"]): number => errors.get(kind) as number;
      return [
        ...POLICIES.map(({ kind }) =>
          makeRow({
            id: `ptq-times.${kind}`,
            title: `time steps: ${kind}`,
            unit: "mean square",
            better: "less",
            value: at(kind),
          }),
        ),
        makeRow({
          id: "ptq-times.gain",
          title: "normal against the worse of first and last",
          unit: "x",
          better: "less",
          value: at("normal") / Math.max(at("first"), at("last")),
          target: { relation: "<=", value: 0.5 },
        }),
      ];
    } finally {
      disposeTree(params);
    }
  },
};

/** What `quantizeNetwork` offers beyond rounding with one range for all times. */
const METHODS: readonly (readonly [id: string, title: string, options: Partial<PtqOptions>])[] = [
  ["rounding", "rounding", {}],
  ["gptq", "GPTQ", { weightMethod: gptqMethod() }],
  ["bias", "rounding, corrected biases", { biasCorrection: true }],
  ["channels", "rounding, scales of input channels (SmoothQuant, 0.5)", { channelScales: 0.5 }],
  ["segments", "rounding, four input ranges over time", { segments: 4, timeSteps: digitSchedule().count }],
];

export const methodsFigure: Figure = {
  id: "ptq-methods",
  title: "change of the predicted noise, W4A8, by the method",
  async run({ seed, device, report }) {
    const params = await digitParameters(device.name);
    try {
      report("calibration set");
      const set = await calibrateDigits(params, { n: 24, times: { kind: "normal" }, key: key(seed) });
      const rows: Row[] = [];
      let first: number | undefined;
      for (const [id, title, options] of METHODS) {
        report(title);
        const model = await quantizeDigits(params, set, { weightBits: 4, inputBits: 8, samples: 384, ...options });
        const error = await changeOf(params, model, seed);
        first ??= error;
        rows.push(
          makeRow({
            id: `ptq-methods.${id}`,
            title: `${title}: mean square ${error.toExponential(1)}, over that of rounding`,
            unit: "x",
            better: "less",
            value: error / first,
            target: id === "segments" ? { relation: "<", value: 1 } : undefined,
          }),
        );
      }
      return rows;
    } finally {
      disposeTree(params);
    }
  },
};
