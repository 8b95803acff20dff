/** `acceptance.json`: error against the exact end point by model calls, convergence orders, strong guidance. */
import {
  bdia,
  ddim,
  discreteLevels,
  dpmSolverMultistep,
  ghvb,
  heavyBall,
  heun,
  innerLevels,
  levelGrid,
  plms,
  runPlanNumeric,
  samplers,
  uniPc,
  usf,
  vpLinear,
  dpmSolverSinglestep,
  fPndm,
  sPndm,
  type Level,
  type LevelGrid,
  type NumericModel,
  type PlannedSampler,
} from "@ansatz/samplers";
import { mixtureModel, probabilityFlow } from "@ansatz/samplers/problems";
import {
  expectClose,
  knownKeys,
  unknownCase,
  unknownSections,
  type GoldenCase,
  type GoldenReader,
} from "@ansatz/golden";
import { flat, mixtureOf, tableOf } from "./common.ts";
import { someComponents } from "./modelsExact.ts";
import { SPACINGS } from "./schedules.ts";
import { SCHEDULE_KEYS, scheduleOf } from "./usf.ts";

export const acceptance: GoldenReader = (file) => [
  ...unknownSections(file, [
    "about",
    "source",
    "tolerance",
    "setting",
    "nfe",
    "models",
    "table",
    "order_model",
    "orders",
    "guidance",
    "searched_schedules",
  ]),
  ...(file.table ?? []).flatMap((row: any) => tableRow(row, file)),
  ...(file.orders ?? []).map((entry: any) => orderRow(entry, file)),
  ...(file.guidance?.rows ?? []).flatMap((row: any) => guidanceRow(row, file)),
  ...(file.searched_schedules ?? []).map((entry: any) => searchedSchedule(entry, file)),
];

function searchedSchedule(entry: any, file: any): GoldenCase {
  const name = `searched schedule ${entry.model} NFE ${entry.nfe}`;
  return {
    name,
    kind: "searched schedule",
    run() {
      knownKeys(name, entry, [...SCHEDULE_KEYS, "model", "rms_error_on_x_T"]);
      const { timesteps, ...decisions } = scheduleOf(entry);
      const levels = timesteps.map((t: number) => vpLinear().level(t));
      const sampler = usf(decisions);
      const { evaluations } = sampler.plan(levels);
      if (evaluations !== entry.nfe) throw new Error(`${evaluations} model calls, expected ${entry.nfe}`);
      const { x_T, x_exact } = file.models[entry.model];
      const got = finalOf(sampler, levels, flat(x_T), mixtureModel(mixtureOf(file.models[entry.model])));
      const { rel_of_rms_error: rel, abs_of_rms_error: abs } = file.tolerance;
      expectClose("rms error", [rms(got, flat(x_exact))], [entry.rms_error_on_x_T], { rel, abs });
    },
  };
}

/** Root mean square over all coordinates of all points. */
function rms(x: Float64Array, exact: Float64Array): number {
  return Math.sqrt(x.reduce((sum, value, i) => sum + (value - exact[i]) ** 2, 0) / x.length);
}

function finalOf(
  sampler: PlannedSampler,
  levels: readonly Level[],
  x: Float64Array,
  model: NumericModel,
): Float64Array {
  const trajectory = runPlanNumeric(sampler.plan(levels, { schedule: vpLinear() }), x, model);
  return trajectory[trajectory.length - 1];
}

/** Methods of the table by their registry names, or as the file's own variants. */
const TABLE: Record<string, string | ((grid: LevelGrid, nfe: number) => readonly [PlannedSampler, Level[]])> = {
  "DDIM (=DPM-Solver-1)": "ddim",
  "S-PNDM": "s-pndm",
  "PLMS (Euler-Heun start)": "plms",
  "F-PNDM (RK start, steps=NFE-9)": "f-pndm",
  "DPM-Solver-2 single fast": "dpm-solver-2s",
  "DPM-Solver-3 single fast": "dpm-solver-3s",
  "DPM-Solver++ 2S fast": "dpm-solver++-2s",
  "DPM-Solver++ 3S fast": "dpm-solver++-3s",
  "DPM-Solver 2M": "dpm-solver-2m",
  "DPM-Solver++ 2M": "dpm-solver++-2m",
  "DPM-Solver 3M": (grid, nfe) => [
    dpmSolverMultistep({ order: 3, prediction: "epsilon", thirdOrder: "released" }),
    grid.levels(nfe),
  ],
  iPNDM4: "ipndm",
  "UniPC-2 bh2": "unipc-2",
  "UniPC-3 bh2": "unipc-3",
  "UniPC-3 bh1": "unipc-3-bh1",
  "GHVB-0.8": "ghvb-0.8",
  "GHVB-1.8": "ghvb-1.8",
  "GHVB-2.5": "ghvb-2.5",
  "GHVB-3.7": "ghvb-3.7",
  "HB-1.8 (PLMS2 + HB .8)": "hb-1.8",
  "BDIA-DDIM g=0.5": "bdia-0.5",
  "BDIA-DDIM g=1.0": "bdia-1",
  "EDM Heun (last step to t_end)": "heun",
  "DPM-Solver++ 3M": (grid, nfe) => [dpmSolverMultistep({ order: 3, thirdOrder: "released" }), grid.levels(nfe)],
};

function prepare(method: string, grid: LevelGrid, nfe: number): readonly [PlannedSampler, readonly Level[]] {
  const found = TABLE[method];
  if (typeof found === "function") return found(grid, nfe);
  const entry = samplers.find(({ name }) => name === found);
  if (entry?.prepare === undefined) throw new Error(`no sampler ${found}`);
  const { sampler, levels } = entry.prepare(grid, nfe);
  return [sampler as PlannedSampler, levels];
}

function tableRow(row: any, file: any): GoldenCase[] {
  const { model, grid, method } = row;
  const name = `${model} ${grid} ${method}`;
  if (TABLE[method] === undefined) return [unknownCase(name, method)];
  return file.nfe.flatMap((nfe: number, i: number): GoldenCase[] => {
    const expected = row.rms_error[i];
    if (expected === null) return [];
    return [
      {
        name: `${name} NFE ${nfe}`,
        kind: method,
        run() {
          knownKeys(name, row, ["model", "grid", "method", "rms_error"]);
          const spacing = SPACINGS[grid];
          if (spacing === undefined) throw new Error(`unknown grid ${grid}`);
          const { x_T, x_exact } = file.models[model];
          const [sampler, levels] = prepare(method, levelGrid(vpLinear(), { spacing }), nfe);
          const { evaluations } = sampler.plan(levels, { schedule: vpLinear() });
          if (evaluations !== nfe) throw new Error(`${evaluations} model calls, expected ${nfe}`);
          const got = rms(
            finalOf(sampler, levels, flat(x_T), mixtureModel(mixtureOf(file.models[model]))),
            flat(x_exact),
          );
          const { rel_of_rms_error: rel, abs_of_rms_error: abs } = file.tolerance;
          expectClose("rms error", [got], [expected], { rel, abs });
        },
      },
    ];
  });
}

const ORDERS: Record<string, () => readonly [PlannedSampler, inner: number]> = {
  DDIM: () => [ddim(), 1],
  "S-PNDM": () => [sPndm(), 1],
  "F-PNDM": () => [fPndm(), 1],
  PLMS: () => [plms(), 1],
  "DPM-Solver-2 singlestep": () => [dpmSolverSinglestep({ order: 2, prediction: "epsilon" }), 2],
  "DPM-Solver-3 singlestep": () => [dpmSolverSinglestep({ order: 3, prediction: "epsilon" }), 3],
  "DPM-Solver++ 2S": () => [dpmSolverSinglestep({ order: 2 }), 2],
  "DPM-Solver++ 3S": () => [dpmSolverSinglestep({ order: 3 }), 3],
  "DPM-Solver++ 2M": () => [dpmSolverMultistep({ order: 2, lowerOrderFinal: false }), 1],
  "UniPC-1": () => [uniPc({ order: 1, lowerOrderFinal: false }), 1],
  "UniPC-2": () => [uniPc({ order: 2, lowerOrderFinal: false }), 1],
  "UniPC-3": () => [uniPc({ order: 3, lowerOrderFinal: false }), 1],
  "GHVB 0.8": () => [ghvb({ order: 0.8 }), 1],
  "GHVB 1.8": () => [ghvb({ order: 1.8 }), 1],
  "GHVB 2.5": () => [ghvb({ order: 2.5 }), 1],
  "HB 1.8": () => [heavyBall({ order: 1.8 }), 1],
  "BDIA-DDIM 0.5": () => [bdia({ gamma: 0.5 }), 1],
  "BDIA-DDIM 1.0": () => [bdia({ gamma: 1 }), 1],
  "EDM Heun": () => [heun(), 1],
  "DPM-Solver++ 3M as released": () => [
    dpmSolverMultistep({ order: 3, thirdOrder: "released", lowerOrderFinal: false }),
    1,
  ],
  "DPM-Solver++ 3M corrected": () => [dpmSolverMultistep({ order: 3, lowerOrderFinal: false }), 1],
};

function orderRow(entry: any, file: any): GoldenCase {
  const name = `order of ${entry.method}`;
  const create = ORDERS[entry.method];
  if (create === undefined) return unknownCase(name, entry.method);
  return {
    name,
    kind: entry.method,
    run() {
      knownKeys(name, entry, ["method", "expected_order", "steps", "rms_error", "slopes"]);
      const { x_T, x_exact } = file.order_model;
      const schedule = vpLinear();
      const grid = levelGrid(schedule, { spacing: "log-snr", end: 1e-2 });
      const model = mixtureModel(mixtureOf(file.order_model));
      const [probe] = create();
      if (probe.order !== entry.expected_order)
        throw new Error(`declares order ${probe.order}, expected ${entry.expected_order}`);
      const errors = entry.steps.map((steps: number) => {
        const [sampler, inner] = create();
        const orders = new Array<number>(steps).fill(inner);
        const levels = inner === 1 ? grid.levels(steps) : innerLevels(schedule, grid.levels(steps), orders);
        const fixed =
          inner === 1 ? sampler : dpmSolverSinglestep({ order: inner, orders, prediction: predictionOf(sampler) });
        return rms(finalOf(fixed, levels, flat(x_T), model), flat(x_exact));
      });
      const { rel_of_rms_error: rel, abs_of_rms_error: abs, slope_abs } = file.tolerance;
      expectClose("rms error", errors, entry.rms_error, { rel, abs });
      const slopes = errors.slice(1).map((error: number, i: number) => Math.log2(errors[i] / error));
      expectClose("slopes", slopes, entry.slopes, { rel: 0, abs: slope_abs });
      expectClose("final slope", slopes.slice(-1), [entry.expected_order], { rel: 0, abs: slope_abs });
    },
  };
}

function predictionOf(sampler: PlannedSampler): "epsilon" | "x0" {
  return sampler.name.includes("++") ? "x0" : "epsilon";
}

const GUIDED: Record<string, () => PlannedSampler> = {
  DDIM: ddim,
  PLMS: plms,
  "DPM++2M": () => dpmSolverMultistep({ order: 2, lowerOrderFinal: true }),
  UniPC3: () => uniPc({ order: 3, lowerOrderFinal: true }),
  "GHVB 1.8": () => ghvb({ order: 1.8 }),
  "GHVB 2.5": () => ghvb({ order: 2.5 }),
  "GHVB 3.3": () => ghvb({ order: 3.3 }),
  "GHVB 3.7": () => ghvb({ order: 3.7 }),
  "GHVB 4.0": () => ghvb({ order: 4 }),
  "HB 1.8": () => heavyBall({ order: 1.8 }),
  "HB 3.7": () => heavyBall({ order: 3.7 }),
};

function guidanceRow(row: any, file: any): GoldenCase[] {
  const { weight, steps } = row;
  return Object.entries(row.rms_error_and_max_abs_ratio).map(([method, expected]): GoldenCase => {
    const name = `guidance ${weight} ${steps} steps ${method}`;
    const create = GUIDED[method];
    if (create === undefined) return unknownCase(name, method);
    return {
      name,
      kind: method,
      run() {
        knownKeys(name, row, ["weight", "steps", "rms_error_and_max_abs_ratio"]);
        const { model, cond_components, x_T } = file.guidance;
        const base = mixtureModel(mixtureOf(file.models[model]));
        const target = mixtureModel(someComponents(file.models[model], cond_components));
        const guided: NumericModel = (x, level, predict) => {
          const other = target(x, level, predict);
          return base(x, level, predict).map((value, i) => value + weight * (other[i] - value));
        };
        const schedule = tableOf({ kind: "scaled_linear", beta_start: 0.00085, beta_end: 0.012 });
        const levels = discreteLevels(schedule, { steps, spacing: "leading", offset: 1, final: "min" });
        const exact = probabilityFlow(guided, flat(x_T), levels[0], levels[steps]);
        const got = finalOf(create(), levels, flat(x_T), guided);
        const size = (values: Float64Array): number => values.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
        const { rel_of_rms_error: rel, abs_of_rms_error: abs } = file.tolerance;
        expectClose("rms error and ratio", [rms(got, exact), size(got) / size(exact)], expected as number[], {
          rel,
          abs,
        });
      },
    };
  });
}
