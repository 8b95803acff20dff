/** Many accelerators at once: which of them no other beats. */
import { ArgumentError } from "@ansatz/tensor";
import type { Dataflow } from "./dataflow.ts";
import type { Accelerator, GemmShape } from "./model.ts";
import { gemmCost } from "./model.ts";
import { processingElement } from "./element.ts";

/** An accelerator with what a set of products takes on it. */
export interface DesignPoint {
  readonly accelerator: Accelerator;
  readonly cycles: number;
  /** pJ. */
  readonly energy: number;
  /** µm² of the array. */
  readonly area: number;
  /** Multiply-adds per DRAM bit. */
  readonly intensity: number;
  /** Multiply-adds per cycle that were reached, and the most that array and bandwidth allow (roofline). */
  readonly throughput: number;
  readonly roof: number;
}

/** Lists of values to combine. */
export interface DesignSpace {
  readonly kinds: readonly Accelerator["kind"][];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly groups: readonly number[];
  /** `["output"]` when left out. */
  readonly dataflows?: readonly Dataflow[];
  readonly buffers: readonly number[];
  readonly bandwidths: readonly number[];
}

/** Evaluates one accelerator on all products. Throws when there are none. */
export function designPoint(accelerator: Accelerator, shapes: readonly GemmShape[]): DesignPoint {
  if (shapes.length === 0) throw new ArgumentError("designPoint: no products are given (got 0, expected at least 1).");
  let [cycles, energy, dram, products] = [0, 0, 0, 0];
  for (const shape of shapes) {
    const cost = gemmCost(shape, accelerator);
    cycles += cost.cycles;
    energy += cost.totalEnergy;
    dram += cost.dramBits;
    products += shape.m * shape.k * shape.n;
  }
  const elements = accelerator.rows * accelerator.columns;
  const intensity = products / dram;
  return {
    accelerator,
    cycles,
    energy,
    area: elements * processingElement(accelerator.kind, accelerator.group, accelerator.costs).area,
    intensity,
    throughput: products / cycles,
    roof: Math.min(elements, intensity * accelerator.bandwidth),
  };
}

/** Every combination, in the order of the lists. `buffers` sets all three buffers. */
export function sweepDesigns(space: DesignSpace, shapes: readonly GemmShape[]): DesignPoint[] {
  const { kinds, rows, columns, groups, dataflows = ["output"], buffers, bandwidths } = space;
  let found: Partial<Accelerator>[] = [{}];
  const cross = (choices: readonly Partial<Accelerator>[]): void => {
    found = found.flatMap((begun) => choices.map((choice) => ({ ...begun, ...choice })));
  };
  cross(kinds.map((kind) => ({ kind })));
  cross(rows.map((value) => ({ rows: value })));
  cross(columns.map((value) => ({ columns: value })));
  cross(groups.map((group) => ({ group })));
  cross(dataflows.map((dataflow) => ({ dataflow })));
  cross(buffers.map((size) => ({ weightBuffer: size, activationBuffer: size, outputBuffer: size })));
  cross(bandwidths.map((bandwidth) => ({ bandwidth })));
  return found.map((accelerator) => designPoint(accelerator as Accelerator, shapes));
}

/**
 * The points that no other beats in cycles, energy and area at once, by increasing cycles. Of equal ones the first stays.
 * Cost n·(size of the result).
 */
export function paretoSet(points: readonly DesignPoint[]): DesignPoint[] {
  const sorted = [...points].sort((a, b) => a.cycles - b.cycles || a.energy - b.energy || a.area - b.area);
  const kept: DesignPoint[] = [];
  for (const point of sorted) {
    if (!kept.some((other) => other.energy <= point.energy && other.area <= point.area)) kept.push(point);
  }
  return kept;
}
