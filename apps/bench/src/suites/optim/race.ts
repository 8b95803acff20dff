/** A race of optimisers on handwritten digits. */
import type { Citation } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkSignal } from "../../cli/io.ts";
import { loadDigits } from "../../data/digits.ts";
import { ENTRANTS, type Entrant } from "./raceMethods.ts";
import { evaluate, examples, runner, type Examples } from "./raceNetwork.ts";

/** How long the race is. */
export interface RaceSettings {
  readonly seeds: number;
  /** Steps of a run. */
  readonly steps: number;
  /** Steps after which the held-back digits are looked at. */
  readonly marks: readonly number[];
  readonly batchSize: number;
  /** Steps of a run that tries a learning rate. */
  readonly trialSteps: number;
  /** Parts into which the training digits are divided to try learning rates: trained on all but one, judged on that one. */
  readonly folds: number;
}

/** What `bench optim` does. */
export const RACE_SETTINGS: RaceSettings = {
  seeds: 3,
  steps: 400,
  marks: [10, 25, 50, 100, 200, 400],
  batchSize: 64,
  trialSteps: 200,
  folds: 2,
};

/** What is known at a mark, means over the seeds. */
export interface RacePoint {
  readonly step: number;
  /** Seconds of training, evaluation left out. */
  readonly seconds: number;
  readonly loss: number;
  readonly accuracy: number;
}

/** How a method did. */
export interface RaceResult {
  readonly name: string;
  readonly label: string;
  /** The chosen learning rate. */
  readonly rate: number;
  /** Mean loss of every learning rate in the trials. */
  readonly trials: readonly { readonly rate: number; readonly loss: number }[];
  readonly points: readonly RacePoint[];
  /** Accuracy of every seed at the end. */
  readonly accuracies: readonly number[];
  readonly citations: readonly Citation[];
}

/** What a race may use. */
export interface RaceContext {
  readonly key: Key;
  readonly device: string;
  readonly signal: AbortSignal;
  report(line: string): void;
}

/** Pictures that judge a learning rate. */
const JUDGED = 1000;

/** Runs the race. An entrant with one learning rate tries nothing. */
export async function race(
  context: RaceContext,
  settings: RaceSettings,
  entrants: readonly Entrant[] = ENTRANTS,
): Promise<RaceResult[]> {
  const { device, key, signal, report } = context;
  const { train, heldBack } = loadDigits();
  const all = examples(train, device, () => true);
  const test = examples(heldBack, device, () => true);
  // Digits of a set alternate, so the parts are cut in rows of ten.
  const partOf = (i: number): number => Math.floor(i / 10) % settings.folds;
  const folds = Array.from({ length: settings.folds }, (_, fold) => ({
    train: examples(train, device, (i) => partOf(i) !== fold),
    judge: examples(train, device, (i) => partOf(i) === fold && i < JUDGED * settings.folds),
  }));
  const results: RaceResult[] = [];
  try {
    for (const entrant of entrants) {
      const trials: { rate: number; loss: number }[] = [];
      const candidates = entrant.rates.length > 1 ? entrant.rates : [];
      for (const rate of candidates) {
        let total = 0;
        for (const [fold, { train: data, judge }] of folds.entries()) {
          checkSignal(signal);
          report(`${entrant.label}: trying learning rate ${rate}, part ${fold + 1} of ${folds.length}`);
          const run = runner(entrant.create(rate), data, key.fold(1000 + fold), settings.batchSize);
          await run.advance(settings.trialSteps);
          const { loss } = await evaluate(run.params(), judge);
          run.release();
          total += Number.isFinite(loss) ? loss : Infinity;
        }
        trials.push({ rate, loss: total / folds.length });
      }
      const rate = trials.reduce((a, b) => (b.loss < a.loss ? b : a), { rate: entrant.rates[0], loss: Infinity }).rate;
      results.push(await compete(context, settings, entrant, rate, trials, all, test));
    }
  } finally {
    for (const { images, labels } of [all, test, ...folds.flatMap((f) => [f.train, f.judge])]) {
      images.dispose();
      labels.dispose();
    }
  }
  return results;
}

async function compete(
  { key, signal, report }: RaceContext,
  { seeds, marks, steps, batchSize }: RaceSettings,
  entrant: Entrant,
  rate: number,
  trials: RaceResult["trials"],
  data: Examples,
  test: Examples,
): Promise<RaceResult> {
  const runs: RacePoint[][] = [];
  for (let i = 0; i < seeds; i++) {
    const run = runner(entrant.create(rate), data, key.fold(i), batchSize);
    const points: RacePoint[] = [];
    let [step, seconds] = [0, 0];
    for (const mark of [...marks.filter((m) => m < steps), steps]) {
      checkSignal(signal);
      report(`${entrant.label}: run ${i + 1} of ${seeds}, step ${step} of ${steps}`);
      seconds += await run.advance(mark - step);
      step = mark;
      points.push({ step, seconds, ...(await evaluate(run.params(), test)) });
    }
    run.release();
    runs.push(points);
  }
  const average = (pick: (p: RacePoint) => number, at: number): number =>
    runs.reduce((s, points) => s + pick(points[at]), 0) / runs.length;
  return {
    name: entrant.name,
    label: entrant.label,
    rate,
    trials,
    points: runs[0].map(({ step }, at) => ({
      step,
      seconds: average((p) => p.seconds, at),
      loss: average((p) => p.loss, at),
      accuracy: average((p) => p.accuracy, at),
    })),
    accuracies: runs.map((points) => points[points.length - 1].accuracy),
    citations: entrant.create(rate).citations,
  };
}
