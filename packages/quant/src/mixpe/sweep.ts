/** Many accelerators at once: which of them no other beats. */
import { ArgumentError } from "@ansatz/tensor";
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

/** Every combination, in the order of the lists. `buffers` sets both buffers. */
export function sweepDesigns(space: DesignSpace, shapes: readonly GemmShape[]): DesignPoint[] {
  const points: DesignPoint[] = [];
  for (const kind of space.kinds) {
    for (const rows of space.rows) {
      for (const columns of space.columns) {
        for (const group of space.groups) {
          for (const buffer of space.buffers) {
            for (const bandwidth of space.bandwidths) {
              const buffers = { weightBuffer: buffer, activationBuffer: buffer };
              points.push(designPoint({ kind, rows, columns, group, bandwidth, ...buffers }, shapes));
            }
          }
        }
      }
    }
  }
  return points;
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
