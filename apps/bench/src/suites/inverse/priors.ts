/** Deep image priors against each other, and what their authors report. */
import { toPixels, toPng } from "@ansatz/inverse";
import { tensor } from "@ansatz/tensor";
import type { Curve, Picture, Row, Target } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";
import { bestFbp, bestSirt, bestVariation } from "./baselines.ts";
import { LOOK, type Method, type PriorSettings, type PriorTrack } from "./priorMethods.ts";
import { runPriors } from "./priorRuns.ts";
import { openScan, type MadeScan, type ScanKind, type ScanRecipe } from "./scans.ts";
import { STRENGTH } from "./strength.ts";

/** A comparison on one scan. */
interface Comparison extends PriorSettings {
  readonly id: string;
  readonly scan: Omit<ScanRecipe, "made"> & { readonly made?: Omit<MadeScan, "seed"> };
  /** Seeds of the networks; quality is the median over them. */
  readonly seeds: readonly number[];
  /** Weights of total variation alone, of which the best counts. */
  readonly variation: readonly number[];
  /** Least gain over a method, in dB. */
  readonly goals: Readonly<Record<string, number>>;
  /** What several codes without ADMM have to lose after their peak. */
  readonly collapse?: number;
}

/** The longest runs first. */
const METHODS: readonly Method[] = ["mcdip-admm", "mcdip", "one-code", "dip-wtv", "pnp-dip", "dip"];

const NAMES: Readonly<Record<string, string>> = {
  fbp: "filtered back-projection, best of five windows",
  sirt: "SIRT, best of four counts",
  tv: "total variation, best of three weights",
  dip: "DIP",
  "dip-wtv": "DIP-WTV",
  "pnp-dip": "PnP-DIP",
  "one-code": "MCDIP-ADMM with one code",
  mcdip: "MCDIP without ADMM",
  "mcdip-admm": "MCDIP-ADMM",
};

/** Gains of MCDIP-ADMM in the paper's abstract (Cheng and Zhou 2023), in dB. */
const PAPER: Readonly<Record<ScanKind, Readonly<Record<string, number>>>> = {
  par: { dip: 4.3, "dip-wtv": 1.7, "pnp-dip": 1.2 },
  fan: { dip: 3.09, "dip-wtv": 1.86, "pnp-dip": 0.84 },
};

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const end = ({ quality }: PriorTrack): number => quality[quality.length - 1];
const peak = ({ quality }: PriorTrack): number => Math.max(...quality);
const dB = (value: number): string => value.toFixed(2);

/** What a method reached. */
interface Outcome {
  readonly quality: number;
  readonly image: Float32Array;
  readonly note: string;
  readonly tracks: readonly PriorTrack[];
}

function outcomeOf(tracks: readonly PriorTrack[]): Outcome {
  const quality = median(tracks.map(end));
  const best = tracks.map(peak);
  const at = tracks.map(({ quality: all }, i) => LOOK * (all.indexOf(best[i]) + 1));
  return {
    quality,
    image: (tracks.find((track) => end(track) === quality) as PriorTrack).image,
    note: `${tracks.map((t) => dB(end(t))).join(", ")}; peaks ${best.map((b, i) => `${dB(b)} at ${at[i]}`).join(", ")}`,
    tracks,
  };
}

async function picture(name: string, values: Float32Array, shape: readonly number[]): Promise<Picture> {
  using image = tensor(values, { shape: [...shape] });
  // Most of the head lies between 0 and 0.6; the skull has 1.
  const png = await toPng(await toPixels(image, { low: 0, high: 0.6 }));
  return { name, png: Buffer.from(png).toString("base64") };
}

/** Root mean square errors of the runs with the first seed, along the steps. */
function curvesOf(outcomes: Readonly<Record<string, Outcome>>): Curve[] {
  return METHODS.map((method) => ({
    name: NAMES[method],
    x: "steps",
    y: "root mean square error",
    points: outcomes[method].tracks[0].quality.map((q, i) => [LOOK * (i + 1), 10 ** (-q / 20)] as const),
  }));
}

async function compare({ id, scan: recipe, ...c }: Comparison, context: FigureContext): Promise<Row[]> {
  const { seed, signal, report } = context;
  const { kind, made } = recipe;
  const from: ScanRecipe = made === undefined ? { kind } : { kind, made: { ...made, seed } };
  const { steps, codes, strength, seeds } = c;
  const jobs = METHODS.flatMap((method) => seeds.map((s) => ({ scan: from, method, seed: s, steps, codes, strength })));
  const tracks = await runPriors(jobs, signal, report);
  report("what is not learned");
  const scan = await openScan(from);
  const plain = {
    fbp: await bestFbp(scan),
    sirt: await bestSirt(scan, signal),
    tv: await bestVariation(scan, c.variation, signal),
  };
  const outcomes: Readonly<Record<string, Outcome>> = Object.fromEntries([
    ...Object.entries(plain).map(([name, found]) => [name, { ...found, note: dB(found.quality), tracks: [] }] as const),
    ...METHODS.toReversed().map(
      (method) => [method, outcomeOf(tracks.filter((_, i) => jobs[i].method === method))] as const,
    ),
  ]);
  const { "mcdip-admm": ours, mcdip } = outcomes;
  const truth = Float32Array.from((await scan.truth.data()) as Float32Array);
  const pictures = [
    await picture("the phantom", truth, scan.truth.shape),
    ...(await Promise.all(
      Object.entries(outcomes).map(([name, { image, quality }]) =>
        picture(`${NAMES[name]}: ${dB(quality)} dB`, image, scan.truth.shape),
      ),
    )),
  ];
  const qualities = Object.entries(outcomes).map(([name, { quality, note, tracks: runs }]) => {
    const ends = runs.map(end);
    return makeRow({
      id: `${id}.${name}`,
      title: NAMES[name],
      unit: "dB",
      better: "more",
      value: quality,
      runs: Math.max(1, ends.length),
      ...(ends.length > 1 ? { spread: [Math.min(...ends), Math.max(...ends)] as const } : {}),
      note,
      ...(name === "mcdip-admm" ? { curves: curvesOf(outcomes), pictures } : {}),
    });
  });
  const gains = Object.entries(outcomes).flatMap(([name, { quality }]) => {
    if (name === "mcdip-admm" || name === "mcdip") return [];
    const [goal, paper] = [c.goals[name], PAPER[kind][name]];
    return makeRow({
      id: `${id}.above-${name}`,
      title: `MCDIP-ADMM above ${NAMES[name]}`,
      unit: "dB",
      better: "more",
      value: ours.quality - quality,
      runs: seeds.length,
      ...(goal === undefined ? {} : { target: { relation: ">=", value: goal } as Target }),
      ...(paper === undefined ? {} : { note: `the paper, other phantoms of 256 x 256 pixels: +${paper} dB` }),
    });
  });
  const drop = (name: string, runs: readonly PriorTrack[], target?: Target): Row =>
    makeRow({
      id: `${id}.drop-${name}`,
      title: `${NAMES[name]}: the end below its own peak`,
      unit: "dB",
      better: name === "mcdip" ? "more" : "less",
      value: median(runs.map((t) => peak(t) - end(t))),
      runs: seeds.length,
      ...(target === undefined ? {} : { target }),
    });
  return [
    ...qualities,
    ...gains,
    drop("mcdip-admm", ours.tracks, { relation: "<=", value: 0.2 }),
    drop("mcdip", mcdip.tracks, c.collapse === undefined ? undefined : { relation: ">=", value: c.collapse }),
  ];
}

const THREE = [0, 1, 2];
const AT_32 = { seeds: THREE, steps: 1400, codes: 5, strength: STRENGTH, variation: [0.3, 0.6, 1] };
const AT_64 = { seeds: THREE, steps: 1200, codes: 4, strength: STRENGTH, variation: [0.6, 1.2, 2.4] };
const AT_128 = { seeds: THREE, steps: 2000, codes: 4, strength: STRENGTH, variation: [4.8, 9.6, 14.4] };
const SCAN_64 = { size: 64, views: 45, noise: 0.05 };
const SCAN_128 = { size: 128, views: 90, noise: 0.05 };

const COMPARISONS: readonly Comparison[] = [
  { id: "dip32-par", scan: { kind: "par" }, ...AT_32, goals: { dip: 1.5, "pnp-dip": 0 }, collapse: 1 },
  { id: "dip32-fan", scan: { kind: "fan" }, ...AT_32, goals: { dip: 1.3, "pnp-dip": 0 } },
  { id: "dip64-par", scan: { kind: "par", made: SCAN_64 }, ...AT_64, goals: { dip: 1.5, "pnp-dip": 0, tv: 1 } },
  { id: "dip64-fan", scan: { kind: "fan", made: SCAN_64 }, ...AT_64, goals: { dip: 1.3, "pnp-dip": 0, tv: 1 } },
  { id: "dip128-par", scan: { kind: "par", made: SCAN_128 }, ...AT_128, goals: { dip: 1.5, "pnp-dip": 0 } },
  { id: "dip128-fan", scan: { kind: "fan", made: SCAN_128 }, ...AT_128, goals: { dip: 1.3, "pnp-dip": 0 } },
];

function titleOf({ scan: { kind, made }, steps, seeds }: Comparison): string {
  const { size, views } = made ?? { size: 32, views: 30 };
  const rays = kind === "par" ? "parallel rays, normal noise" : "fan, few photons";
  return `deep image priors, ${size} x ${size} pixels, ${views} views, ${rays}, ${steps} steps, median of ${seeds.length} seeds`;
}

export const priorFigures: readonly Figure[] = COMPARISONS.map((comparison) => ({
  id: comparison.id,
  title: titleOf(comparison),
  run: (context) => compare(comparison, context),
}));
