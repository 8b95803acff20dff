/** State shared by the parts of the program emitter. */
import type { Expr, Ty } from "../../kernel/expr.ts";
import type { Register } from "../../kernel/program.ts";
import type { StagedProgram } from "../../kernel/programOptimize.ts";
import type { Local } from "./asm.ts";
import type { VectorState } from "./emitState.ts";
import type { Analysis } from "./spmdAnalysis.ts";
import type { Reversal } from "./spmdIdioms.ts";

/** Where a value is: as one integer (of the first lane), as a vector, or both. */
export interface Place {
  scalar: Local | undefined;
  vector: Local | undefined;
}

/** What the emitter knows while it writes one program. */
export interface SpmdState extends VectorState {
  readonly program: StagedProgram;
  /** Of the units that are being computed: a whole vector of them, or one. */
  analysis: Analysis;
  /** Lanes in use: all, or 1. */
  live: number;
  /** Lanes (as a mask of 32-bit lanes) that take part in what is being written; undefined: all. */
  mask: Local | undefined;
  readonly places: Map<Register, Place>;
  /** Base address of each buffer. */
  readonly bases: readonly Local[];
  /** The same in all lanes; the engine drops those that are not used. */
  readonly spreadBases: readonly Local[];
  readonly params: readonly Place[];
  /** Vector constants by type and value. */
  readonly constants: ReadonlyMap<string, Local>;
  /** What {@link import("./spmdIdioms.ts").emitOperation} needs where bits are reversed. */
  readonly reversal: Reversal | undefined;
}

/** The key under which a vector constant is kept. */
export function constantKey(ty: Ty, value: number | bigint): string {
  return `${ty} ${Object.is(value, -0) ? "-0" : value}`;
}

/** Where a leaf is, except constants. */
export function placeOf(s: SpmdState, e: Expr): Place {
  return e.op === "param" ? s.params[e.value as number] : (s.places.get(e.value as number) as Place);
}
