/** Cycles, traffic and energy of matrix products on an array of processing elements: closed formulas, nothing hidden. */
import { checkChoice, checkInteger, checkPositive } from "../check.ts";
import { clamp } from "../numbers.ts";
import type { ElementKind, UnitCosts } from "./element.ts";
import { COSTS_45NM, processingElement } from "./element.ts";
import { DATAFLOWS, DATAFLOW_COSTS } from "./dataflow.ts";
import type { Dataflow } from "./dataflow.ts";

/** A product [M, K]·[K, N], M being the rows of activations. */
export interface GemmShape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** An accelerator. */
export interface Accelerator {
  readonly kind: ElementKind;
  readonly rows: number;
  readonly columns: number;
  /** Weights that share a scale. */
  readonly group: number;
  /** DRAM bits per cycle. */
  readonly bandwidth: number;
  /** Bytes of the weight buffer, 128 KiB when left out. Half of it holds what is worked on. */
  readonly weightBuffer?: number;
  /** Bytes of the activation buffer, 256 KiB when left out. */
  readonly activationBuffer?: number;
  /** Bytes of the buffer for sums, 64 KiB when left out; it matters where an operand stays in the array. */
  readonly outputBuffer?: number;
  /** What stays in the elements; `"output"` when left out. */
  readonly dataflow?: Dataflow;
  readonly costs?: UnitCosts;
}

/** What a product takes. Energies in pJ. */
export interface GemmCost {
  readonly computeCycles: number;
  readonly memoryCycles: number;
  /** The larger of both: transfers overlap with computing. */
  readonly cycles: number;
  readonly dramBits: number;
  readonly sramBits: number;
  /** Multiply-adds of dequantisation or requantisation; none are charged for floats. */
  readonly dequantizeOperations: number;
  readonly energy: { readonly core: number; readonly dequantize: number; readonly sram: number; readonly dram: number };
  readonly totalEnergy: number;
}

/** Bits of scale and zero point of a group. */
const GROUP_BITS = 20;

/** Bits of an output element in DRAM. */
const OUTPUT_BITS = 16;

/**
 * Cost of a product.
 *
 * Cycles of computing and SRAM: {@link DATAFLOW_COSTS}. DRAM: weights once and activations ⌈N/nₜ⌉ times, or
 * activations once and weights ⌈M/mₜ⌉ times, whichever is less, with as many columns nₜ or rows mₜ as fit half a buffer;
 * 20 bits for each group of 4-bit weights; outputs of 16 bits once. Dequantising after the group takes M·N·⌈K/G⌉ multiply-adds for 4-bit weights, M·N for int8.
 * @throws ArgumentError for an unknown dataflow or arguments out of range
 */
export function gemmCost({ m, k, n }: GemmShape, accelerator: Accelerator): GemmCost {
  const name = "gemmCost";
  const { kind, rows, columns, group, bandwidth, costs = COSTS_45NM } = accelerator;
  const { weightBuffer = 131_072, activationBuffer = 262_144, outputBuffer = 65_536 } = accelerator;
  const { dataflow = "output" } = accelerator;
  checkChoice(name, "dataflow", dataflow, DATAFLOWS);
  for (const [field, value] of Object.entries({ m, k, n, rows, columns, group })) checkInteger(name, field, value, 1);
  for (const [field, value] of Object.entries({ bandwidth, weightBuffer, activationBuffer, outputBuffer })) {
    checkPositive(name, field, value);
  }
  const { energy, wBits, aBits } = processingElement(kind, group, costs);
  const { computeCycles, sramBits } = DATAFLOW_COSTS[dataflow](
    { m, k, n },
    { rows, columns, wBits, aBits, outputBuffer },
  );
  const fourBits = wBits === 4;
  const activations = m * k * aBits;
  const weights = k * n * wBits + (fourBits ? GROUP_BITS * Math.ceil(k / group) * n : 0);
  const columnsHeld = clamp(Math.floor((weightBuffer * 4) / (k * wBits)), 1, n);
  const rowsHeld = clamp(Math.floor((activationBuffer * 4) / (k * aBits)), 1, m);
  const dramBits =
    Math.min(activations * Math.ceil(n / columnsHeld) + weights, activations + weights * Math.ceil(m / rowsHeld)) +
    OUTPUT_BITS * m * n;
  const memoryCycles = Math.ceil(dramBits / bandwidth);
  const dequantizeOperations = m * n * (fourBits ? Math.ceil(k / group) : 1);
  const float = kind === "fp16" || kind === "fp16_acc32";
  const { floatMultiply, floatAdd, sramBit, dramBit } = costs.energy;
  const parts = {
    core: m * k * n * energy,
    dequantize: float ? 0 : dequantizeOperations * (floatMultiply + floatAdd),
    sram: sramBits * sramBit,
    dram: dramBits * dramBit,
  };
  return {
    computeCycles,
    memoryCycles,
    cycles: Math.max(computeCycles, memoryCycles),
    dramBits,
    sramBits,
    dequantizeOperations,
    energy: parts,
    totalEnergy: parts.core + parts.dequantize + parts.sram + parts.dram,
  };
}

/**
 * Columns of an array of 32 rows of a kind in the area of `int8Elements` INT8 elements; at least 1.
 * @throws ArgumentError for int8Elements out of range
 */
export function columnsInArea(
  kind: ElementKind,
  int8Elements: number,
  group: number,
  rows: number = 32,
  costs: UnitCosts = COSTS_45NM,
): number {
  checkInteger("columnsInArea", "int8Elements", int8Elements, 1);
  const budget = int8Elements * processingElement("int8", group, costs).area;
  return Math.max(1, Math.floor(budget / (rows * processingElement(kind, group, costs).area)));
}
