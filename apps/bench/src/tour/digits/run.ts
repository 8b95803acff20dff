/** Drawing digits with the trained denoiser: every sampler from the same noise, and how far it is from the fine solution. */
import { sample, samplers, type ContinuousSpacing, type PreparedSampler, type SamplerEntry } from "@ansatz/samplers";
import { disposeTree, distinctCitations, mul, type Citation, type Tensor } from "@ansatz/tensor";
import { normal } from "@ansatz/tensor/random";
import { readAsset } from "../../assets.ts";
import { checkSignal } from "../../cli/io.ts";
import { DIGIT_SIZE, imageTensor, loadDigits, type Digits } from "../../data/digits.ts";
import { rmsDifference } from "../../metrics/rms.ts";
import { loadClassifier } from "../../models/classifier.ts";
import { digitGrid, loadDenoiser, type LoadedDenoiser } from "../../models/denoiser.ts";
import type { PartContext } from "../part.ts";
import { makeScorer, type Score, type Scorer } from "./score.ts";

/** How much the part does. */
export interface DigitSettings {
  /** Digits drawn in every run. */
  readonly count: number;
  /** Digits of every run that are kept for the report. */
  readonly shown: number;
  /** Samplers, by name. */
  readonly samplers: readonly string[];
  /** Numbers of model calls. */
  readonly nfes: readonly number[];
  readonly spacing: ContinuousSpacing;
  /** Sampler and model calls of the fine solution. */
  readonly fine: { readonly sampler: string; readonly nfe: number };
}

/** What the tour does: one sampler of each family, so that it stays near two minutes whatever the registry holds. */
export const DIGIT_SETTINGS: DigitSettings = {
  count: 40,
  shown: 16,
  samplers: ["ddim", "plms", "dpm-solver-2s", "dpm-solver++-2m", "unipc-2"],
  nfes: [10, 20, 50],
  spacing: "log-snr",
  fine: { sampler: "dpm-solver-2m", nfe: 200 },
};

/** What one run gave. */
export interface DigitRun extends Score {
  readonly sampler: string;
  readonly nfe: number;
  /** Root mean square difference from the fine solution; null for samplers that add noise of their own. */
  readonly error: number | null;
  readonly seconds: number;
  /** The first digits, values in [-1, 1]. */
  readonly pictures: Float32Array;
}

/** Everything that the part finds. */
export interface DigitFindings {
  readonly settings: DigitSettings;
  readonly metadata: Readonly<Record<string, string>>;
  readonly classifier: Readonly<Record<string, string>>;
  readonly runs: readonly DigitRun[];
  readonly fine: DigitRun & {
    /** Estimated error of the fine solution itself: a third of its distance from the one with half the model calls. */
    readonly ownError: number;
  };
  /** As many real digits that were trained on, scored like drawn ones: what the scores can be at best. */
  readonly real: Score & { readonly pictures: Float32Array };
  readonly citations: readonly Citation[];
}

const PIXELS = DIGIT_SIZE * DIGIT_SIZE;

interface Studio {
  readonly settings: DigitSettings;
  readonly context: PartContext;
  readonly loaded: LoadedDenoiser;
  readonly scorer: Scorer;
  /** Standard normal noise, [count, 1, 28, 28]. */
  readonly noise: Tensor;
}

/** Runs one sampler from the common noise. */
async function draw(
  { settings, context, loaded, noise }: Studio,
  prepared: PreparedSampler,
): Promise<Float32Array<ArrayBuffer>> {
  const { sampler, levels } = prepared;
  const { schedule } = digitGrid(settings.spacing);
  using x = mul(noise, levels[0].sigma).eval();
  const { signal, key } = context;
  const { value, status, message } = await sample({
    sampler,
    levels,
    denoiser: loaded.denoiser,
    x,
    schedule,
    key: key.fold(1),
    signal,
  });
  using result = value;
  checkSignal(signal);
  if (status !== "completed") throw new Error(`digits: ${message}`);
  return (await result.data()) as Float32Array<ArrayBuffer>;
}

async function runEntry(
  studio: Studio,
  entry: SamplerEntry,
  nfe: number,
  exact: Float32Array | null,
): Promise<DigitRun> {
  const { settings, scorer, context } = studio;
  context.report(`${entry.name}, ${nfe} model calls`);
  const prepared = entry.prepare?.(digitGrid(settings.spacing), nfe);
  if (prepared === undefined) throw new Error(`digits: ${entry.name} has no fixed number of model calls.`);
  const start = performance.now();
  const images = await draw(studio, prepared);
  const seconds = (performance.now() - start) / 1000;
  const deterministic = prepared.sampler.order >= 1;
  return {
    sampler: entry.name,
    nfe,
    error: exact !== null && deterministic ? rmsDifference(images, exact) : null,
    seconds,
    ...(await scorer(images)),
    pictures: images.slice(0, settings.shown * PIXELS),
  };
}

async function runFine(
  studio: Studio,
): Promise<{ readonly fine: DigitFindings["fine"]; readonly images: Float32Array }> {
  const { settings, context } = studio;
  const { sampler, nfe } = settings.fine;
  const entry = samplers.find(({ name }) => name === sampler);
  if (entry?.prepare === undefined) throw new Error(`digits: no such sampler (got ${sampler}).`);
  const grid = digitGrid(settings.spacing);
  context.report(`fine solution, ${nfe / 2} model calls`);
  const half = await draw(studio, entry.prepare(grid, nfe / 2));
  context.report(`fine solution, ${nfe} model calls`);
  const start = performance.now();
  const images = await draw(studio, entry.prepare(grid, nfe));
  const seconds = (performance.now() - start) / 1000;
  const fine = {
    sampler,
    nfe,
    error: null,
    seconds,
    ...(await studio.scorer(images)),
    pictures: images.slice(0, settings.shown * PIXELS),
    ownError: rmsDifference(images, half) / 3,
  };
  return { fine, images };
}

/** Every run: each sampler with each number of model calls that it can do with. */
function planned({ samplers: names, nfes }: DigitSettings): { readonly entry: SamplerEntry; readonly nfe: number }[] {
  return names.flatMap((name) => {
    const entry = samplers.find((candidate) => candidate.name === name);
    if (entry === undefined) throw new Error(`digits: no such sampler (got ${name}).`);
    return nfes.filter((nfe) => nfe >= entry.minEvaluations).map((nfe) => ({ entry, nfe }));
  });
}

/** As many digits of the training set, scored. */
async function scoreReal(
  digits: Digits,
  scorer: Scorer,
  { count, shown }: DigitSettings,
): Promise<DigitFindings["real"]> {
  const images = digits.train.images.slice(0, count * PIXELS);
  return { ...(await scorer(images)), pictures: images.slice(0, shown * PIXELS) };
}

/** Runs the part. */
export async function runDigits(context: PartContext, settings: DigitSettings): Promise<DigitFindings> {
  const { device, key } = context;
  context.report("reading digits and networks");
  const digits = loadDigits();
  const loaded = loadDenoiser(await readAsset("digits"), device.name);
  const classifier = loadClassifier(await readAsset("classifier"), device.name);
  using heldBack = imageTensor(digits.heldBack, device.name);
  const scorer = await makeScorer(classifier, heldBack, key.fold(2), settings.count);
  using noise = normal(key.fold(0), [settings.count, 1, DIGIT_SIZE, DIGIT_SIZE], { device: device.name }).eval();
  const studio: Studio = { settings, context, loaded, scorer, noise };
  try {
    const { fine, images } = await runFine(studio);
    const runs: DigitRun[] = [];
    for (const { entry, nfe } of planned(settings)) runs.push(await runEntry(studio, entry, nfe, images));
    const citations = distinctCitations(
      digitGrid(settings.spacing).schedule.citations,
      ...planned(settings).map(({ entry }) => entry.create().citations),
    );
    const real = await scoreReal(digits, scorer, settings);
    return { settings, metadata: loaded.metadata, classifier: classifier.metadata, runs, fine, real, citations };
  } finally {
    disposeTree(loaded.params);
  }
}
