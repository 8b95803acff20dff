/** Every sampler of the package, for tests, documentation and benchmarks to iterate over. */
import { checkInteger } from "../check.ts";
import type { Level } from "../level.ts";
import { fastOrders } from "../grids/singlestepLevels.ts";
import type { LevelGrid } from "../grids/levelGrid.ts";
import type { Sampler } from "./base.ts";
import { ddim } from "./ddim.ts";
import { dpmSolverAdaptive } from "./dpmSolverAdaptive.ts";
import { dpmSolverMultistep } from "./dpmSolverMultistep.ts";
import { dpmSolverSinglestep } from "./dpmSolverSinglestep.ts";
import { fPndm } from "./fPndm.ts";
import { plms } from "./plms.ts";
import { sPndm } from "./sPndm.ts";

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
  /** A run of exactly `evaluations` model calls on a grid that ends in noise; undefined for adaptive methods. */
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

function adaptive(name: string, order: number, prediction: "epsilon" | "x0"): SamplerEntry {
  return {
    name,
    factory: "dpmSolverAdaptive",
    create: () => dpmSolverAdaptive({ order, prediction }),
    minEvaluations: order,
  };
}

/** Every sampler. A new one is one file and one line here. */
export const samplers: readonly SamplerEntry[] = [
  perStep("ddim", "ddim", () => ddim()),
  perStep("ddim-eta", "ddim", () => ddim({ eta: 1 })),
  perStep("s-pndm", "sPndm", sPndm, 1),
  perStep("f-pndm", "fPndm", () => fPndm(), 9, 3),
  perStep("plms", "plms", plms, 1),
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
];
