/** What the hardware model says as plots: the roofline of real products, and the designs that no other beats. */
import { NETWORK_SHAPES, columnsInArea, designPoint, gemmsOf, type DesignPoint, type DesignSpace } from "@ansatz/quant";
import type { Curve } from "../../results/benchResult.ts";

const KINDS = ["int8", "w4a8", "fp16", "w4a16"] as const;
const GROUP = 128;
const BANDWIDTH = 512;
const ROWS = [1, 4, 16, 64, 256, 1024];

const doublings = (n: number, least: number): number[] => Array.from({ length: n }, (_, i) => least * 2 ** i);

/** 10 000 accelerators. */
export const DESIGNS: DesignSpace = {
  kinds: KINDS,
  rows: doublings(5, 8),
  columns: doublings(5, 8),
  groups: doublings(4, 32),
  buffers: doublings(5, 16_384),
  bandwidths: doublings(5, 64),
};

/** Multiply-adds per cycle by multiply-adds per DRAM bit at equal area: real products, and the roofs above them. */
export function roofline(): Curve[] {
  const axes = { x: "multiply-adds per DRAM bit", y: "multiply-adds per cycle" };
  return KINDS.flatMap((kind): Curve[] => {
    const columns = columnsInArea(kind, 1024, GROUP);
    const accelerator = { kind, rows: 32, columns, group: GROUP, bandwidth: BANDWIDTH };
    const reached = ROWS.map((m) => designPoint(accelerator, gemmsOf(NETWORK_SHAPES[0], m)));
    return [
      { name: kind, ...axes, points: reached.map(({ intensity, throughput }) => [intensity, throughput]) },
      {
        name: `roof of ${kind}`,
        ...axes,
        points: doublings(9, 1 / 16).map((x) => [x, Math.min(32 * columns, x * BANDWIDTH)]),
      },
    ];
  });
}

type Point = readonly [x: number, y: number];

/** The points for which no other has less of both, by increasing x. */
function front(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (kept.length === 0 || point[1] < kept[kept.length - 1][1]) kept.push(point);
  }
  return kept;
}

/** Of every kind, the designs that no other of it beats: latency by area, and energy by area. */
export function paretoFronts(points: readonly DesignPoint[]): Curve[] {
  const fronts = (y: string, value: (point: DesignPoint) => number): Curve[] =>
    KINDS.map((kind) => {
      const own = points.filter(({ accelerator }) => accelerator.kind === kind);
      const found = front(own.map((point) => [point.area / 1e6, value(point)]));
      return { name: kind, x: "array area, mm²", y, points: found };
    });
  return [...fronts("cycles", ({ cycles }) => cycles), ...fronts("energy, mJ", ({ energy }) => energy / 1e9)];
}
