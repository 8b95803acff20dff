/** Sampling Gaussian mixtures with the exact denoiser: clouds of points, and errors against the exact flow. */
import { levelGrid, samplers, vpLinear, type SamplerEntry } from "@ansatz/samplers";
import { distinctCitations, type Citation } from "@ansatz/tensor";
import { drawPoints, exactErrors, keptPoints, prepareExact, sampleExact, type ExactError } from "../../exact/errors.ts";
import { rmsDifference } from "../../metrics/rms.ts";
import { MIXTURES, RING } from "../../problems/mixtures.ts";
import type { PartContext } from "../part.ts";

/** How much the part does. */
export interface MixtureSettings {
  /** Points of a cloud. */
  readonly points: number;
  /** Samplers shown as clouds, and their numbers of model calls. */
  readonly clouds: { readonly samplers: readonly string[]; readonly nfes: readonly number[] };
  /** Samplers in the error tables, by name. */
  readonly samplers: readonly string[];
  /** Numbers of model calls in the error tables. */
  readonly nfes: readonly number[];
}

/** What the tour does: a fixed list; the suite `samplers` has the full table. */
export const MIXTURE_SETTINGS: MixtureSettings = {
  points: 600,
  clouds: { samplers: ["ddim", "plms", "dpm-solver-2s", "dpm-solver++-2m"], nfes: [6, 10, 20] },
  samplers: ["ddim", "s-pndm", "plms", "f-pndm", "dpm-solver-2s", "dpm-solver++-2m", "unipc-2"],
  nfes: [5, 6, 8, 10, 12, 15, 20, 25, 50, 100, 250, 1000],
};

/** One cloud of points. */
export interface Cloud {
  readonly sampler: string;
  readonly nfe: number;
  /** [x, y] in rows. */
  readonly points: Float32Array | Float64Array;
  /** Error against the exact flow from the same noise. */
  readonly error: number;
}

/** What {@link runMixtures} finds. */
export interface MixtureFindings {
  readonly clouds: readonly Cloud[];
  /** The exact end points of the clouds' noise. */
  readonly exact: Float64Array;
  readonly tables: readonly {
    readonly problem: string;
    readonly title: string;
    readonly errors: readonly ExactError[];
  }[];
  readonly citations: readonly Citation[];
}

const schedule = vpLinear();
const grid = levelGrid(schedule, { spacing: "time-uniform" });

function entryOf(name: string): SamplerEntry {
  const entry = samplers.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new Error(`mixtures: no such sampler (got ${name}).`);
  return entry;
}

async function runClouds(
  context: PartContext,
  settings: MixtureSettings,
): Promise<Pick<MixtureFindings, "clouds" | "exact">> {
  // Steps even in the log-SNR suit a mixture this narrow better than steps even in time.
  const even = levelGrid(schedule, { spacing: "log-snr" });
  using unit = drawPoints(RING, settings.points, context.key.fold(0), context.device);
  const prepared = await prepareExact(RING, even, unit);
  const clouds: Cloud[] = [];
  try {
    for (const nfe of settings.clouds.nfes) {
      for (const sampler of settings.clouds.samplers) {
        context.report(`${sampler}, ${nfe} model calls`);
        const entry = entryOf(sampler);
        const runnable = entry.prepare?.(even, nfe);
        if (runnable === undefined) throw new Error(`mixtures: ${sampler} has no fixed number of model calls.`);
        const points = await sampleExact(prepared, runnable, context.key.fold(1), context.signal);
        clouds.push({ sampler, nfe, points, error: rmsDifference(points, prepared.exact) });
      }
    }
  } finally {
    prepared.x.dispose();
  }
  return { clouds, exact: prepared.exact };
}

/** Runs the part. */
export async function runMixtures(context: PartContext, settings: MixtureSettings): Promise<MixtureFindings> {
  const { clouds, exact } = await runClouds(context, settings);
  const tables: MixtureFindings["tables"][number][] = [];
  for (const problem of MIXTURES) {
    using unit = keptPoints(problem, context.device);
    const prepared = await prepareExact(problem, grid, unit);
    try {
      const errors = await exactErrors(
        prepared,
        settings.samplers.map(entryOf),
        settings.nfes,
        context.key.fold(2),
        context.signal,
        ({ sampler, nfe }) => context.report(`${problem.name}: ${sampler}, ${nfe} model calls`),
      );
      tables.push({ problem: problem.name, title: problem.title, errors });
    } finally {
      prepared.x.dispose();
    }
  }
  const used = new Set(tables.flatMap(({ errors }) => errors.map(({ sampler }) => sampler)));
  const citations = distinctCitations(schedule.citations, ...[...used].map((name) => entryOf(name).create().citations));
  return { clouds, exact, tables, citations };
}
