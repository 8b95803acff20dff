/**
 * Parts of the CPU device that are only there when something needs them, so that small programs stay small: reductions
 * come with the first reduction that is scheduled; branches around operands that no lane needs, copies that are written
 * together, kernels that are run together row by row, threads, the JavaScript oracle, the list of large tensors and the packing of very many temporaries
 * with the package root.
 */
import type { Reduction } from "../../kernel/kernel.ts";
import type { Arena, LinearMemory } from "./arena.ts";
import type { Local } from "./asm.ts";
import type { Node } from "./emitOp.ts";
import type { Program } from "./emitProgram.ts";
import type { Emission } from "./emitState.ts";
import type { Engine } from "./engine.ts";
import type { Build } from "./executable.ts";
import type { Ledger } from "./ledger.ts";
import type { Pool } from "./pool.ts";
import type { PlanSpec, Step } from "../backend.ts";
import type { RowGroup } from "./rows.ts";
import type { TempRequest } from "./temps.ts";

/** What has been added so far. */
export const parts: {
  emitReduce?: (s: Emission, reduce: Reduction) => void;
  findCold?: (nodes: readonly Node[], fixed: readonly Node[]) => void;
  together?: {
    readonly copies: (program: Program) => number;
    readonly evaluate: (s: Emission, program: Program, copies: number) => Local[][];
  };
  rows?: {
    readonly group: (plan: PlanSpec) => (Step | RowGroup)[];
    readonly add: (build: Build, group: RowGroup, at: number) => void;
  };
  createLedger?: () => Ledger;
  createPool?: (arena: Arena) => Pool;
  createJsEngine?: (arena: Arena) => Engine;
  plainMemory?: (pages: number) => LinearMemory;
  placeInTime?: (
    requests: readonly TempRequest[],
    which: readonly number[],
    offsets: number[],
    bottom: number,
  ) => number;
} = {};
