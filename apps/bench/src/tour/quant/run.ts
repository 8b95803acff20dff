/** Digits from the float denoiser and from quantised ones, all from the same noise. */
import type { LayerReport, PtqOptions } from "@ansatz/quant";
import { samplers, sample, type PredictingDenoiser } from "@ansatz/samplers";
import { disposeTree, mul, type Tensor } from "@ansatz/tensor";
import { normal } from "@ansatz/tensor/random";
import { readAsset } from "../../assets.ts";
import { checkSignal } from "../../cli/io.ts";
import { DIGIT_SIZE, imageTensor, loadDigits } from "../../data/digits.ts";
import { summarize } from "../../measure/statistics.ts";
import { rmsDifference } from "../../metrics/rms.ts";
import { loadClassifier } from "../../models/classifier.ts";
import { digitGrid, makeDenoiser } from "../../models/denoiser.ts";
import { makeScorer, type Score, type Scorer } from "../digits/score.ts";
import type { PartContext } from "../part.ts";
import { calibrateDigits, digitParameters, quantizeDigits, quantizedDigitDenoiser } from "./models.ts";

/** A quantised form of the denoiser. */
export interface Variant {
  readonly name: string;
  readonly options: PtqOptions;
}

/** How much the part does. */
export interface QuantSettings {
  readonly count: number;
  readonly shown: number;
  /** Inputs of the calibration set. */
  readonly calibration: number;
  readonly sampler: string;
  readonly nfe: number;
  readonly variants: readonly Variant[];
}

/** What the tour does. */
export const QUANT_SETTINGS: QuantSettings = {
  count: 40,
  shown: 16,
  calibration: 48,
  sampler: "dpm-solver++-2m",
  nfe: 20,
  variants: [
    { name: "W8A8", options: { weightBits: 8, inputBits: 8 } },
    { name: "W4A8", options: { weightBits: 4, inputBits: 8 } },
    { name: "W4A6", options: { weightBits: 4, inputBits: 6 } },
  ],
};

/** What one denoiser gave. */
export interface QuantRun extends Score {
  readonly name: string;
  /** Bytes of its parameters. */
  readonly bytes: number;
  /** Seconds for one picture and one model call. */
  readonly callSeconds: number;
  /** Root mean square difference from the pictures of the float denoiser; null for that one. */
  readonly difference: number | null;
  readonly layers: readonly LayerReport[];
  readonly pictures: Float32Array;
}

/** Everything that the part finds. */
export interface QuantFindings {
  readonly settings: QuantSettings;
  readonly runs: readonly QuantRun[];
}

const PIXELS = DIGIT_SIZE * DIGIT_SIZE;

/** Draws all pictures. */
async function draw(
  context: PartContext,
  settings: QuantSettings,
  denoiser: PredictingDenoiser,
  noise: Tensor,
): Promise<Float32Array<ArrayBuffer>> {
  const grid = digitGrid("log-snr");
  const prepared = samplers.find(({ name }) => name === settings.sampler)?.prepare?.(grid, settings.nfe);
  if (prepared === undefined) throw new Error(`quant: no such sampler (got ${settings.sampler}).`);
  const { sampler, levels } = prepared;
  using x = mul(noise, levels[0].sigma).eval();
  const { value, status, message } = await sample({
    sampler,
    levels,
    denoiser,
    x,
    schedule: grid.schedule,
    key: context.key.fold(1),
    signal: context.signal,
  });
  using result = value;
  checkSignal(context.signal);
  if (status !== "completed") throw new Error(`quant: ${message}`);
  return (await result.data()) as Float32Array<ArrayBuffer>;
}

/** Rounds in which every denoiser is called once. */
const ROUNDS = 5;

/** Seconds for one picture and one call of each denoiser: medians of calls in turns. */
async function timeCalls(denoisers: readonly PredictingDenoiser[], noise: Tensor): Promise<number[]> {
  const level = digitGrid("log-snr").levels(4)[2];
  const seconds: number[][] = denoisers.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, denoiser] of denoisers.entries()) {
      const start = performance.now();
      using y = await denoiser.call(noise, level);
      await y.data();
      seconds[i].push((performance.now() - start) / 1000 / noise.shape[0]);
    }
  }
  return seconds.map((all) => summarize(all).median);
}

/** Runs the part. */
export async function runQuant(context: PartContext, settings: QuantSettings): Promise<QuantFindings> {
  const { device, key } = context;
  const params = await digitParameters(device.name);
  const classifier = loadClassifier(await readAsset("classifier"), device.name);
  using heldBack = imageTensor(loadDigits().heldBack, device.name);
  const scorer: Scorer = await makeScorer(classifier, heldBack, key.fold(2), settings.count);
  using noise = normal(key.fold(0), [settings.count, 1, DIGIT_SIZE, DIGIT_SIZE], { device: device.name }).eval();
  const runs: Omit<QuantRun, "callSeconds">[] = [];
  const denoisers: PredictingDenoiser[] = [];
  const show = async (
    name: string,
    denoiser: PredictingDenoiser,
    about: Pick<QuantRun, "bytes" | "layers">,
    float: Float32Array | null,
  ): Promise<Float32Array> => {
    context.report(`${name}: ${settings.count} digits`);
    const images = await draw(context, settings, denoiser, noise);
    denoisers.push(denoiser);
    runs.push({
      name,
      ...about,
      difference: float === null ? null : rmsDifference(images, float),
      ...(await scorer(images)),
      pictures: images.slice(0, settings.shown * PIXELS),
    });
    return images;
  };
  try {
    context.report("calibration set: the network's own states at normally distributed times");
    const set = await calibrateDigits(params, { n: settings.calibration, times: { kind: "normal" }, key: key.fold(3) });
    let float: Float32Array | null = null;
    for (const { name, options } of settings.variants) {
      context.report(`${name}: quantising`);
      const model = await quantizeDigits(params, set, options);
      float ??= await show("float", makeDenoiser(params), { bytes: model.floatBytes, layers: [] }, null);
      await show(name, quantizedDigitDenoiser(model), { bytes: model.bytes, layers: model.layers }, float);
    }
    context.report("timing the denoisers in turns");
    const seconds = await timeCalls(denoisers, noise);
    return { settings, runs: runs.map((run, i) => ({ ...run, callSeconds: seconds[i] })) };
  } finally {
    disposeTree(params);
  }
}
