/** Deep image priors as the bench runs them: one run of one method on one scan. */
import {
  dip,
  dipWtv,
  iterateReconstruction,
  mcdipAdmm,
  pnpDip,
  psnr,
  type Algorithm,
  type DipOptions,
} from "@ansatz/inverse";
import { cosineRate, type Schedule } from "@ansatz/optim";
import type { Tensor } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { openScan, weightOf, type ScanRecipe } from "./scans.ts";

/**
 * Published methods, and what is left of MCDIP-ADMM without one of its parts: `mcdip` has several codes and no regulariser, `one-code` its networks and
 * splitting with a single code.
 */
export type Method = "dip" | "dip-wtv" | "pnp-dip" | "one-code" | "mcdip" | "mcdip-admm";

/** What is the same for all methods on a scan. */
export interface PriorSettings {
  /** Steps of Adam. */
  readonly steps: number;
  /** Codes of the methods that have several. */
  readonly codes: number;
  /** Strength of total variation, see {@link weightOf}. */
  readonly strength: number;
}

/** One run. */
export interface PriorJob extends PriorSettings {
  readonly scan: ScanRecipe;
  readonly method: Method;
  /** Seed of codes and first parameters. */
  readonly seed: number;
}

/** What a run found. */
export interface PriorTrack {
  /** PSNR in dB after every {@link LOOK} steps. */
  readonly quality: readonly number[];
  /** The last image in C order. */
  readonly image: Float32Array;
}

/** Steps between two looks at the quality. */
export const LOOK = 50;

/** What methods take besides. */
interface Sizes {
  readonly codes: number;
  readonly weight: number;
}

/** Rate of Adam, and for which share of the steps it stays; then it falls to 0 along half a wave. */
const [RATE, HELD] = [0.01, 0.6];

function rateOf(steps: number): Schedule {
  const held = Math.round(HELD * steps);
  const fall = cosineRate({ rate: RATE, steps: steps - held });
  return (step) => (step <= held ? RATE : fall(step - held));
}

const METHODS: Readonly<Record<Method, (common: DipOptions, s: Sizes) => Algorithm>> = {
  dip: (common) => dip(common),
  "dip-wtv": (common, { weight }) => dipWtv({ ...common, weight }),
  "pnp-dip": (common, { weight }) => pnpDip({ ...common, weight }),
  "one-code": (common, { weight }) => mcdipAdmm({ ...common, codes: 1, encoder: [8, 16], weight }),
  mcdip: (common, { codes }) => dip({ ...common, codes }),
  "mcdip-admm": (common, { codes, weight }) => mcdipAdmm({ ...common, codes, weight }),
};

/** Runs a job; `onLook` hears how many steps are done. */
export async function runPrior(job: PriorJob, onLook: (steps: number) => void): Promise<PriorTrack> {
  const scan = await openScan(job.scan);
  const { operator, data, truth } = scan;
  const { method, codes, steps } = job;
  const common = { key: key(job.seed), stepsPerIteration: LOOK, learningRate: rateOf(steps) };
  const algorithm = METHODS[method](common, { codes, weight: weightOf(scan, job.strength) });
  const quality: number[] = [];
  let image = new Float32Array();
  let before: readonly Tensor[] = [];
  const options = { maxIterations: steps / LOOK };
  for await (const state of iterateReconstruction(algorithm, { operator, data }, options)) {
    if (state.failure !== undefined) throw new Error(`${method}, seed ${job.seed}: ${state.failure}.`);
    if (state.iteration > 0) {
      quality.push(await psnr(state.x, truth));
      image = Float32Array.from((await state.x.data()) as Float32Array);
      onLook(state.iteration * LOOK);
    }
    const now = [state.x, ...Object.values(state.vectors)];
    for (const t of before) if (!now.includes(t)) t.dispose();
    before = now;
  }
  for (const t of before) t.dispose();
  return { quality, image };
}
