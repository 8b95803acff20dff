/** Every sampler of the package, for tests, documentation and benchmarks to iterate over. */
import { checkInteger } from "../check.ts";
import type { Level } from "../level.ts";
import { fastOrders } from "../grids/singlestepLevels.ts";
import type { LevelGrid } from "../grids/levelGrid.ts";
import { adamsBashforth, lms } from "./adamsBashforth.ts";
import type { Sampler } from "./base.ts";
import { bdia, bdiaInversion } from "./bdia.ts";
import { bdiaEdm } from "./bdiaEdm.ts";
import { ddim } from "./ddim.ts";
import { ddimInversion } from "./ddimInversion.ts";
import { ddpm } from "./ddpm.ts";
import { dpmSolverAdaptive } from "./dpmSolverAdaptive.ts";
import { dpmSolverMultistep } from "./dpmSolverMultistep.ts";
import { dpmSolverSde } from "./dpmSolverSde.ts";
import { dpmSolverSinglestep } from "./dpmSolverSinglestep.ts";
import { eulerAncestral } from "./eulerAncestral.ts";
import { fPndm } from "./fPndm.ts";
import { ghvb } from "./ghvb.ts";
import { heavyBall, nesterov } from "./heavyBall.ts";
import { euler, heun } from "./heun.ts";
import { iPndm } from "./iPndm.ts";
import { lml } from "./lml.ts";
import { mrs } from "./mrs.ts";
import { plms } from "./plms.ts";
import { sPndm } from "./sPndm.ts";
import { uniPc, type UniPcOptions } from "./uniPc.ts";
import { usf } from "./usf.ts";

/** One line of the registry. */
export interface SamplerEntry {
  /** Short name, as command lines take it. */
  readonly name: string;
  /** The factory that makes it, as exported. */
  readonly factory: string;
  /** The sampler with its usual settings; its order and citations are declared there. */
  create(): Sampler;
  /** Fewest model calls of a run. */
  readonly minEvaluations: number;
  /** The settings whose order the tests measure, where the usual ones lower the order at the end of a run. */
  readonly measured?: () => Sampler;
  /** Whether a run needs a key or noise. */
  readonly noisy?: boolean;
  /** A run of exactly `evaluations` model calls on a grid; undefined for adaptive methods and inversions. */
  readonly prepare?: (grid: LevelGrid, evaluations: number) => PreparedSampler;
}

/** A sampler and levels that fit together. */
export interface PreparedSampler {
  readonly sampler: Sampler;
  readonly levels: readonly Level[];
}

/** A method that spends `extra` calls beside one per step. */
function perStep(name: string, factory: string, create: () => Sampler, extra = 0, minSteps = 1): SamplerEntry {
  const minEvaluations = minSteps + extra;
  return {
    name,
    factory,
    create,
    minEvaluations,
    prepare(grid, evaluations) {
      checkInteger(name, "evaluations", evaluations, minEvaluations);
      return { sampler: create(), levels: grid.levels(evaluations - extra) };
    },
  };
}

function fast(name: string, order: number, prediction: "epsilon" | "x0"): SamplerEntry {
  return {
    name,
    factory: "dpmSolverSinglestep",
    create: () => dpmSolverSinglestep({ order, prediction }),
    minEvaluations: order,
    prepare(grid, evaluations) {
      checkInteger(name, "evaluations", evaluations, order);
      const orders = fastOrders(evaluations, order);
      return { sampler: dpmSolverSinglestep({ order, prediction, orders }), levels: grid.singlestep(orders) };
    },
  };
}

function multistep(name: string, order: number, prediction: "epsilon" | "x0"): SamplerEntry {
  return perStep(name, "dpmSolverMultistep", () => dpmSolverMultistep({ order, prediction }), 0, order);
}

function unified(name: string, options: UniPcOptions): SamplerEntry {
  const measured = (): Sampler => uniPc({ ...options, lowerOrderFinal: false });
  return { ...perStep(name, "uniPc", () => uniPc(options)), measured };
}

function adaptive(name: string, order: number, prediction: "epsilon" | "x0"): SamplerEntry {
  return {
    name,
    factory: "dpmSolverAdaptive",
    create: () => dpmSolverAdaptive({ order, prediction }),
    minEvaluations: order,
  };
}

/**
 * A method with two calls per step and one in Euler steps: where the number of calls does not come out even, the last
 * step is an Euler step (it is anyway where it ends at sigma 0), and if need be the first.
 */
function twoPerStep(
  name: string,
  factory: string,
  create: (options: { orders?: readonly number[] }) => Sampler,
): SamplerEntry {
  return {
    name,
    factory,
    create: () => create({}),
    minEvaluations: 2,
    prepare(grid, evaluations) {
      checkInteger(name, "evaluations", evaluations, 2);
      const open = grid.levels(2)[2].sigma === 0;
      const eulerSteps = open ? 2 - (evaluations % 2) : evaluations % 2;
      const steps = (evaluations + eulerSteps) / 2;
      const orders = new Array<number>(steps).fill(2);
      if (eulerSteps > 0) orders[steps - 1] = 1;
      if (eulerSteps > 1) orders[0] = 1;
      return { sampler: create({ orders }), levels: grid.levels(steps) };
    },
  };
}

/** An inversion: it walks from clean to noisy, so that no grid prepares it. */
function inversion(name: string, factory: string, create: () => Sampler): SamplerEntry {
  return { name, factory, create, minEvaluations: 1 };
}

/** Marks samplers that draw noise. */
function noisy(entry: SamplerEntry): SamplerEntry {
  return { ...entry, noisy: true };
}

/** Every sampler. A new one is one file and one line here. */
export const samplers: readonly SamplerEntry[] = [
  perStep("ddim", "ddim", () => ddim()),
  noisy(perStep("ddim-eta", "ddim", () => ddim({ eta: 1 }))),
  noisy(perStep("ddpm", "ddpm", () => ddpm())),
  noisy(perStep("ddpm-large", "ddpm", () => ddpm({ variance: "large" }))),
  perStep("euler", "euler", () => euler()),
  noisy(perStep("euler-churn", "euler", () => euler({ churn: { amount: 5 } }))),
  noisy(perStep("euler-ancestral", "eulerAncestral", () => eulerAncestral())),
  twoPerStep("heun", "heun", heun),
  noisy(twoPerStep("heun-churn", "heun", (options) => heun({ ...options, churn: { amount: 5 } }))),
  perStep("s-pndm", "sPndm", sPndm, 1),
  perStep("f-pndm", "fPndm", () => fPndm(), 9, 3),
  perStep("plms", "plms", plms, 1),
  perStep("ipndm", "iPndm", () => iPndm()),
  perStep("adams-bashforth-2", "adamsBashforth", () => adamsBashforth({ order: 2 })),
  perStep("adams-bashforth-3", "adamsBashforth", () => adamsBashforth({ order: 3 })),
  perStep("adams-bashforth-4", "adamsBashforth", () => adamsBashforth()),
  perStep("lms", "lms", () => lms()),
  multistep("dpm-solver-2m", 2, "epsilon"),
  multistep("dpm-solver-3m", 3, "epsilon"),
  multistep("dpm-solver++-2m", 2, "x0"),
  multistep("dpm-solver++-3m", 3, "x0"),
  fast("dpm-solver-2s", 2, "epsilon"),
  fast("dpm-solver-3s", 3, "epsilon"),
  fast("dpm-solver++-2s", 2, "x0"),
  fast("dpm-solver++-3s", 3, "x0"),
  adaptive("dpm-solver-adaptive-12", 2, "epsilon"),
  adaptive("dpm-solver-adaptive-23", 3, "epsilon"),
  adaptive("dpm-solver++-adaptive-12", 2, "x0"),
  adaptive("dpm-solver++-adaptive-23", 3, "x0"),
  noisy(perStep("sde-dpm-solver++-1", "dpmSolverSde", () => dpmSolverSde({ order: 1 }))),
  noisy(perStep("sde-dpm-solver++-2m", "dpmSolverSde", () => dpmSolverSde(), 0, 2)),
  noisy(perStep("sde-dpm-solver++-3m", "dpmSolverSde", () => dpmSolverSde({ order: 3 }), 0, 3)),
  noisy(perStep("sde-dpm-solver-2m", "dpmSolverSde", () => dpmSolverSde({ prediction: "epsilon" }), 0, 2)),
  unified("unipc-1", { order: 1 }),
  unified("unipc-2", {}),
  unified("unipc-3", { order: 3 }),
  unified("unipc-3-bh1", { order: 3, variant: "bh1" }),
  unified("unipc-2-epsilon", { prediction: "epsilon" }),
  perStep("hb-1.8", "heavyBall", () => heavyBall()),
  perStep("nt-1.8", "nesterov", () => nesterov()),
  perStep("ghvb-0.8", "ghvb", () => ghvb({ order: 0.8 })),
  perStep("ghvb-1.8", "ghvb", () => ghvb({ order: 1.8 })),
  perStep("ghvb-2.5", "ghvb", () => ghvb()),
  perStep("ghvb-3.7", "ghvb", () => ghvb({ order: 3.7 })),
  perStep("bdia-0.5", "bdia", () => bdia({ gamma: 0.5 })),
  perStep("bdia-1", "bdia", () => bdia()),
  twoPerStep("bdia-edm", "bdiaEdm", bdiaEdm),
  perStep("usf-2", "usf", () => usf()),
  perStep("usf-3-corrected", "usf", () => usf({ order: 3, corrector: true })),
  perStep("mr-ode-2", "mrs", () => mrs(), 0, 2),
  perStep("mr-ode-3", "mrs", () => mrs({ order: 3 }), 0, 3),
  noisy(perStep("mr-sde-2", "mrs", () => mrs({ eta: 1 }), 0, 2)),
  perStep("lml", "lml", () => lml()),
  inversion("ddim-inversion", "ddimInversion", ddimInversion),
  inversion("bdia-inversion", "bdiaInversion", () => bdiaInversion()),
];
