/** The observers, in their usual settings. */
import type { Observer } from "./base.ts";
import { L1, L24, MSE } from "./metric.ts";
import { minMaxObserver, movingAverageObserver } from "./minMax.ts";
import { blended, entropyObserver, metricObserver, percentileObserver } from "./streaming.ts";

/** Every observer, for codes of `bits` bits. */
export function observers(bits: number): readonly Observer[] {
  return [
    minMaxObserver(),
    movingAverageObserver(),
    percentileObserver(),
    percentileObserver({ p: 99.9, sides: "twoSided" }),
    metricObserver({ bits, metric: MSE }),
    metricObserver({ bits, metric: L24 }),
    metricObserver({ bits, metric: L1 }),
    metricObserver({ bits, metric: "cosine" }),
    entropyObserver({ levels: Math.max(16, 2 ** (bits - 1)) }),
    blended(metricObserver({ bits, metric: L24, eitherZero: true })),
  ] as readonly Observer[];
}
