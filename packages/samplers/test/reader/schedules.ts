/** `schedules.json`: tables, integer spacings, sigma grids, continuous schedules. */
import {
  continuousLevels,
  discreteLevels,
  edmSigma,
  flowSigmas,
  fPndm,
  halfLogSnr,
  piecewiseLinear,
  plms,
  posteriorVariances,
  timesteps,
  vpCosine,
  vpLinear,
  type ContinuousSchedule,
  type ContinuousSpacing,
  type DiscreteSpacing,
  type IndexRounding,
  type IntegerSpacing,
  type Plan,
} from "@ansatz/samplers";
import {
  expectClose,
  knownKeys,
  unknownCase,
  unknownSections,
  type GoldenCase,
  type GoldenReader,
  type Tolerance,
} from "@ansatz/golden";
import { tableOf } from "./common.ts";

export const schedules: GoldenReader = (file) => [
  ...unknownSections(file, [
    "about",
    "source",
    "tolerance",
    "train_tables",
    "small_tables",
    "inference_grids",
    "continuous_vp",
    "discrete_piecewise",
    "time_grids",
  ]),
  ...(file.train_tables ?? []).map((entry: any) => trainTable(entry, file.tolerance)),
  ...(file.small_tables ?? []).map((entry: any) => smallTable(entry, file.tolerance)),
  ...(file.inference_grids ?? []).flatMap((entry: any) => inferenceGrid(entry, file.tolerance)),
  ...(file.continuous_vp ?? []).map((entry: any) => continuousVp(entry, file.tolerance)),
  ...(file.discrete_piecewise ?? []).map((entry: any) => discretePiecewise(entry, file.tolerance)),
  ...(file.time_grids ?? []).map((entry: any) => timeGrid(entry, file.tolerance)),
];

const TABLE_KEYS = ["kind", "beta_start", "beta_end", "N"];

function trainTable(entry: any, tolerance: Tolerance): GoldenCase {
  return {
    name: `train table ${entry.kind} N=${entry.N}`,
    kind: "train table",
    run() {
      knownKeys("train table", entry, [
        ...TABLE_KEYS,
        "index",
        "beta",
        "alpha_bar",
        "edm_sigma",
        "half_log_snr",
        "ddpm_posterior_variance",
        "zero_terminal_snr_alpha_bar",
      ]);
      const table = tableOf(entry);
      const at = (values: ArrayLike<number>): number[] => entry.index.map((i: number) => values[i]);
      const levels = entry.index.map((i: number) => table.level(i));
      expectClose("beta", at(table.betas), entry.beta, tolerance);
      expectClose("alphaBar", at(table.alphaBars), entry.alpha_bar, tolerance);
      expectClose("edmSigma", levels.map(edmSigma), entry.edm_sigma, tolerance);
      expectClose("halfLogSnr", levels.map(halfLogSnr), entry.half_log_snr, tolerance);
      expectClose("posterior variance", at(posteriorVariances(table)), entry.ddpm_posterior_variance, tolerance);
      const rescaled = tableOf(entry, { zeroTerminalSnr: true });
      expectClose("zero terminal SNR", at(rescaled.alphaBars), entry.zero_terminal_snr_alpha_bar, tolerance);
    },
  };
}

function smallTable(entry: any, tolerance: Tolerance): GoldenCase {
  return {
    name: `small table ${entry.kind} N=${entry.N}`,
    kind: "small table",
    run() {
      knownKeys("small table", entry, [...TABLE_KEYS, "beta", "alpha_bar"]);
      const table = tableOf(entry);
      expectClose("beta", table.betas, entry.beta, tolerance);
      expectClose("alphaBar", table.alphaBars, entry.alpha_bar, tolerance);
    },
  };
}

/** The grids without a table of their own: integer spacings on the linear one, sigma grids on the scaled-linear one. */
const LINEAR = { kind: "linear", beta_start: 1e-4, beta_end: 0.02 };
const SCALED = { kind: "scaled_linear", beta_start: 0.00085, beta_end: 0.012 };
const SIGMA_GRIDS: Record<string, readonly [DiscreteSpacing, IndexRounding]> = {
  karras: ["karras", "nearest"],
  exponential: ["log-snr", "floor"],
  lu: ["log-snr", "nearest"],
  "beta_0.6_0.6": ["beta", "floor"],
};

const callTimes = (plan: Plan): number[] =>
  plan.instructions.flatMap((i) => (i.op === "evaluate" ? [i.level.time as number] : []));

function inferenceGrid(entry: any, tolerance: Tolerance): GoldenCase[] {
  const steps = entry.steps;
  return Object.keys(entry)
    .filter((key) => key !== "steps")
    .map((key) => {
      const run = gridCheck(key, steps, entry[key], tolerance);
      const name = `${key} ${steps} steps`;
      return run === null ? unknownCase(name, key) : { name, kind: "inference grid", run };
    });
}

function gridCheck(key: string, steps: number, expected: number[], tolerance: Tolerance): (() => void) | null {
  const check = (got: () => number[]) => (): void => expectClose(key, got(), expected, tolerance);
  const ddim = /^ddim_(leading|trailing|linspace)_offset(\d)$/.exec(key);
  if (ddim !== null) {
    const spacing = ddim[1] as IntegerSpacing;
    return check(() => timesteps({ count: 1000, steps, spacing, offset: Number(ddim[2]) }));
  }
  const dpm = /^dpm_(leading|trailing|linspace)(_sigmas)?$/.exec(key);
  if (dpm !== null) {
    const spacing = dpm[1] as IntegerSpacing;
    if (dpm[2] === undefined) return check(() => timesteps({ count: 1000, steps, spacing, convention: "dpm" }));
    return check(() => discreteLevels(tableOf(LINEAR), { steps, spacing, convention: "dpm" }).map(edmSigma));
  }
  const flow = /^flow_shift(\d+)_(sigmas|timesteps)$/.exec(key);
  if (flow !== null) {
    const sigmas = (): number[] => flowSigmas(steps, 1000, Number(flow[1]));
    return check(() => (flow[2] === "sigmas" ? [...sigmas(), 0] : sigmas().map((s) => Math.floor(s * 1000))));
  }
  const grid = /^(.+)_(sigmas|timesteps)$/.exec(key);
  if (grid !== null && SIGMA_GRIDS[grid[1]] !== undefined) {
    const [spacing, rounding] = SIGMA_GRIDS[grid[1]];
    return check(() => {
      const levels = discreteLevels(tableOf(SCALED), { steps, spacing, rounding });
      return grid[2] === "sigmas" ? levels.map(edmSigma) : levels.slice(0, -1).map(({ time }) => time as number);
    });
  }
  if (key === "pndm_plms_offset1") {
    return check(() =>
      callTimes(plms().plan(discreteLevels(tableOf(SCALED), { steps, spacing: "leading", offset: 1 }))),
    );
  }
  if (key === "pndm_prk_offset0") {
    const schedule = tableOf(SCALED);
    return check(() => callTimes(fPndm().plan(discreteLevels(schedule, { steps, spacing: "leading" }), { schedule })));
  }
  return null;
}

const CONTINUOUS: Record<string, () => ContinuousSchedule> = {
  "vp_linear_0.1_20": () => vpLinear({ betaMin: 0.1, betaMax: 20 }),
  "vp_cosine_s0.008": () => vpCosine({ offset: 0.008 }),
};

function continuousVp(entry: any, tolerance: Tolerance): GoldenCase {
  const create = CONTINUOUS[entry.schedule];
  if (create === undefined) return unknownCase(`continuous ${entry.schedule}`, entry.schedule);
  return {
    name: `continuous ${entry.schedule}`,
    kind: "continuous schedule",
    run() {
      knownKeys("continuous schedule", entry, [
        "schedule",
        "t",
        "log_alpha",
        "alpha",
        "sigma",
        "half_log_snr",
        "inverse_of_half_log_snr",
      ]);
      const schedule = create();
      const levels = entry.t.map((t: number) => schedule.level(t));
      expectClose("logAlpha", entry.t.map(schedule.logAlpha), entry.log_alpha, tolerance);
      expectClose(
        "alpha",
        levels.map((level: any) => level.alpha),
        entry.alpha,
        tolerance,
      );
      expectClose(
        "sigma",
        levels.map((level: any) => level.sigma),
        entry.sigma,
        tolerance,
      );
      expectClose("halfLogSnr", levels.map(halfLogSnr), entry.half_log_snr, tolerance);
      expectClose("timeAt", entry.half_log_snr.map(schedule.timeAt), entry.inverse_of_half_log_snr, tolerance);
    },
  };
}

function discretePiecewise(entry: any, tolerance: Tolerance): GoldenCase {
  return {
    name: `piecewise ${entry.kind}`,
    kind: "piecewise schedule",
    run() {
      knownKeys("piecewise schedule", entry, [
        ...TABLE_KEYS,
        "kept_points",
        "t",
        "half_log_snr",
        "inverse",
        "type1_model_time",
      ]);
      const schedule = piecewiseLinear(tableOf(entry), { respread: true });
      const levels = entry.t.map((t: number) => schedule.level(t));
      expectClose("halfLogSnr", levels.map(halfLogSnr), entry.half_log_snr, tolerance);
      expectClose("timeAt", entry.half_log_snr.map(schedule.timeAt), entry.inverse, tolerance);
      expectClose(
        "model time",
        levels.map((level: any) => level.time),
        entry.type1_model_time,
        tolerance,
      );
      const unspread = piecewiseLinear(tableOf(entry));
      expectClose("kept points", [Math.round(unspread.maxTime * entry.N)], [entry.kept_points], tolerance);
    },
  };
}

/** Names of the spacings in the files. */
export const SPACINGS: Record<string, ContinuousSpacing> = {
  time_uniform: "time-uniform",
  time_quadratic: "time-quadratic",
  logSNR: "log-snr",
  edm: "karras",
};

function timeGrid(entry: any, tolerance: Tolerance): GoldenCase {
  const spacing = SPACINGS[entry.skip];
  const name = `time grid ${entry.skip} ${entry.steps} steps`;
  if (spacing === undefined) return unknownCase(name, entry.skip);
  return {
    name,
    kind: "time grid",
    run() {
      knownKeys("time grid", entry, ["skip", "T", "t0", "steps", "t"]);
      const levels = continuousLevels(vpLinear(), { steps: entry.steps, spacing, start: entry.T, end: entry.t0 });
      expectClose(
        "t",
        levels.map(({ time }) => time as number),
        entry.t,
        tolerance,
      );
    },
  };
}
