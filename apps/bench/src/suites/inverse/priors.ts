/** Deep image priors against each other, and what their authors report. */
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
import { key } from "@ansatz/tensor/random";
import type { Row, Target } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";
import { bestFbp, bestSirt, bestVariation } from "./baselines.ts";
import { goldenScan, madeScan, type BenchScan, type ScanKind } from "./scans.ts";

/** What is run on a scan. */
interface Settings {
  readonly seeds: readonly number[];
  readonly steps: number;
  readonly codes: number;
  readonly weight: number;
}

type Method = "dip" | "dip-wtv" | "pnp-dip" | "mcdip" | "mcdip-admm";

/** Steps between two looks at the quality. */
const LOOK = 100;

const METHODS: Readonly<Record<Method, (common: DipOptions, s: Settings) => Algorithm>> = {
  dip: (common) => dip(common),
  "dip-wtv": (common, { weight }) => dipWtv({ ...common, weight }),
  "pnp-dip": (common, { weight }) => pnpDip({ ...common, weight }),
  mcdip: (common, { codes }) => dip({ ...common, codes }),
  "mcdip-admm": (common, { codes, weight }) => mcdipAdmm({ ...common, codes, weight }),
};

/** Quality at the end, and how far that is below the best on the way; medians over the seeds. */
interface Outcome {
  readonly end: number;
  readonly drop: number;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function follow(
  { signal, report }: FigureContext,
  { operator, data, truth }: BenchScan,
  method: Method,
  settings: Settings,
): Promise<Outcome> {
  const ends: number[] = [];
  const drops: number[] = [];
  for (const seed of settings.seeds) {
    report(`${method}, seed ${seed}`);
    const algorithm = METHODS[method]({ key: key(seed), stepsPerIteration: LOOK }, settings);
    let [best, last] = [-Infinity, -Infinity];
    const options = { maxIterations: settings.steps / LOOK, signal };
    let before: readonly { dispose(): void }[] = [];
    for await (const { iteration, x, vectors } of iterateReconstruction(algorithm, { operator, data }, options)) {
      if (iteration > 0) last = await psnr(x, truth);
      best = Math.max(best, last);
      const now = [x, ...Object.values(vectors)];
      for (const t of before) if (!now.includes(t as never)) t.dispose();
      before = now;
    }
    for (const t of before) t.dispose();
    ends.push(last);
    drops.push(best - last);
  }
  return { end: median(ends), drop: median(drops) };
}

/** Gains over other methods that are demanded here, and those of the paper (Cheng and Zhou 2023, abstract). */
const CLAIMS: Readonly<Record<ScanKind, readonly (readonly [Method, number | undefined, number])[]>> = {
  par: [
    ["dip", 1.5, 4.3],
    ["dip-wtv", undefined, 1.7],
    ["pnp-dip", 0, 1.2],
  ],
  fan: [
    ["dip", 1.3, 3.09],
    ["dip-wtv", undefined, 1.86],
    ["pnp-dip", 0, 0.84],
  ],
};

const LABELS: Readonly<Record<ScanKind, string>> = { par: "parallel, normal noise", fan: "fan, few photons" };

async function compare(
  context: FigureContext,
  id: string,
  kind: ScanKind,
  scan: BenchScan,
  settings: Settings,
): Promise<Row[]> {
  const { signal } = context;
  const outcomes: Partial<Record<Method, Outcome>> = {};
  const methods = CLAIMS[kind].map(([method]) => method);
  for (const method of ["mcdip-admm", "mcdip", ...methods] as const)
    outcomes[method] = await follow(context, scan, method, settings);
  const { "mcdip-admm": ours, mcdip } = outcomes as Record<Method, Outcome>;
  const variation = await bestVariation(scan, [settings.weight / 2, settings.weight, 2 * settings.weight], signal);
  const [fbp, algebraic] = [await bestFbp(scan), await bestSirt(scan, signal)];
  const gain = (against: string, value: number, target: number | undefined, note: string): Row =>
    makeRow({
      id: `${id}.${kind}-${against}`,
      title: `${LABELS[kind]}: MCDIP-ADMM above ${against}`,
      unit: "dB",
      better: "more",
      value: ours.end - value,
      ...(target === undefined ? {} : { target: { relation: ">=", value: target } as Target }),
      note: `${ours.end.toFixed(2)} against ${value.toFixed(2)} dB${note}`,
    });
  const large = id !== "dip32";
  const drop = (name: string, { drop: value }: Outcome, target?: Target): Row =>
    makeRow({
      id: `${id}.${kind}-drop-${name}`,
      title: `${LABELS[kind]}: ${name} below its own peak at the end`,
      unit: "dB",
      better: name === "mcdip" ? "more" : "less",
      value,
      ...(target === undefined ? {} : { target }),
    });
  return [
    ...CLAIMS[kind].map(([method, target, paper]) =>
      gain(
        method,
        (outcomes[method] as Outcome).end,
        method === "dip" && large ? 1.5 : target,
        `; the paper has +${paper} dB`,
      ),
    ),
    gain("tv", variation, large && kind === "par" ? 1 : undefined, ", the best of three weights"),
    gain("sirt", algebraic, undefined, ", the best of four counts"),
    gain("fbp", fbp, undefined, ", the best of five windows"),
    drop("mcdip-admm", ours, { relation: "<=", value: 0.2 }),
    drop("mcdip", mcdip, kind === "par" && !large ? { relation: ">=", value: 1 } : undefined),
  ];
}

const SMALL: Settings = { seeds: [0, 1, 2], steps: 1400, codes: 5, weight: 0.6 };
const LARGE: Settings = { seeds: [0], steps: 1200, codes: 4, weight: 1.2 };

export const priorFigures: readonly Figure[] = [
  {
    id: "dip32",
    title: `deep image priors, 32 x 32 pixels, ${SMALL.steps} steps, median of three seeds`,
    run: async (context) => [
      ...(await compare(context, "dip32", "par", await goldenScan("par"), SMALL)),
      ...(await compare(context, "dip32", "fan", await goldenScan("fan"), SMALL)),
    ],
  },
  {
    id: "dip64",
    title: `deep image priors, 64 x 64 pixels, 45 views, noise 5 % of the largest integral, ${LARGE.steps} steps`,
    run: async (context) => compare(context, "dip64", "par", await madeScan("par", 64, 45, 0.05, context.seed), LARGE),
  },
];
