/** The model of mixed-precision processing elements at equal area. */
import {
  NETWORK_SHAPES,
  PUBLISHED_ARRAYS,
  columnsInArea,
  gemmCost,
  gemmsOf,
  paretoSet,
  publishedCost,
  sweepDesigns,
  type ElementKind,
  type GemmShape,
} from "@ansatz/quant";
import type { Row, Target } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";
import { DESIGNS, paretoFronts, roofline } from "./charts.ts";

const GROUP = 128;
const ROWS = [1, 16, 64, 256, 2048];

const shapes: readonly GemmShape[] = NETWORK_SHAPES.slice(0, 2).flatMap((network) =>
  ROWS.flatMap((m) => gemmsOf(network, m)),
);

/** What each product takes on an array of a kind in the area of 1024 INT8 elements. */
function costs(kind: ElementKind): { readonly cycles: number[]; readonly energy: number[] } {
  const columns = columnsInArea(kind, 1024, GROUP);
  const found = shapes.map((shape) => gemmCost(shape, { kind, rows: 32, columns, group: GROUP, bandwidth: 512 }));
  return { cycles: found.map(({ cycles }) => cycles), energy: found.map(({ totalEnergy }) => totalEnergy) };
}

interface Claim {
  readonly fast: ElementKind;
  readonly slow: ElementKind;
  readonly speed?: readonly [number, number];
  readonly energy?: readonly [number, number];
  readonly note?: string;
}

const CLAIMS: readonly Claim[] = [
  {
    fast: "w4a8",
    slow: "int8",
    speed: [1.8, 2],
    energy: [1.8, 2],
    note:
      "the paper's abstract says 2.6x and 1.4x over quantisation accelerators; its published simulator counts both " +
      "operands at 4 bits, gives W4A8 a larger array and charges INT8 an extra product for dequantisation",
  },
  { fast: "w4a16", slow: "fp16", speed: [1.8, 2.8], energy: [3.3, 3.9] },
  {
    fast: "w4a8",
    slow: "fp16",
    speed: [7, 10],
    note: "energy: 4.1 to 8.0 except on the 13824 x 5120 projection with many rows, where FP16 holds few rows at once",
  },
  { fast: "w4a8", slow: "bitfusion" },
  { fast: "w4a8", slow: "ant", note: "4-bit activations too: other numbers, not only other hardware" },
  { fast: "w4a8", slow: "olive", note: "4-bit activations too: other numbers, not only other hardware" },
];

function rowsOf({ fast, slow, speed, energy, note }: Claim): Row[] {
  const [a, b] = [costs(fast), costs(slow)];
  return (["cycles", "energy"] as const).flatMap((what) => {
    const ratios = b[what].map((v, i) => v / a[what][i]);
    const band = what === "cycles" ? speed : energy;
    const row = (which: "least" | "most", value: number, target?: Target): Row =>
      makeRow({
        id: `hw.${fast}-${slow}.${what}.${which}`,
        title: `${fast} against ${slow} at equal area: ${which} gain in ${what}`,
        unit: "x",
        better: "more",
        value,
        target,
        note: which === "least" ? note : undefined,
      });
    return [
      row("least", Math.min(...ratios), band === undefined ? undefined : { relation: ">=", value: band[0] }),
      row("most", Math.max(...ratios), band === undefined ? undefined : { relation: "<=", value: band[1] }),
    ];
  });
}

/** What the simulator published with MixPE says of one layer, beside the rows of our model. */
function publishedRows(): Row[] {
  const costs = Object.fromEntries(
    Object.entries(PUBLISHED_ARRAYS).map(([name, array]) => [name, publishedCost({ m: 64, k: 4096, n: 4096 }, array)]),
  );
  const energyOf = ({ energy }: (typeof costs)[string]): number =>
    energy.static + energy.dram + energy.buffers + energy.core;
  return ["int8", "bitfusion", "fp16"].flatMap((slow) =>
    [
      ["cycles", costs[slow].cycles / costs["w4a8"].cycles] as const,
      ["energy", energyOf(costs[slow]) / energyOf(costs["w4a8"])] as const,
    ].map(([what, value]) =>
      makeRow({
        id: `hw.published.w4a8-${slow}.${what}`,
        title: `the published simulator: w4a8 against ${slow} in ${what}, 64 rows of 4096 x 4096`,
        unit: "x",
        better: "more",
        value,
        note: slow === "int8" && what === "cycles" ? "not at equal area, and with activations of 4 bits" : undefined,
      }),
    ),
  );
}

export const hardwareFigure: Figure = {
  id: "hw",
  title: "processing elements at equal area, on products of language models",
  run() {
    const [first, ...rest] = [...CLAIMS.flatMap(rowsOf), ...publishedRows()];
    return Promise.resolve([{ ...first, curves: roofline() }, ...rest]);
  },
};

export const sweepFigure: Figure = {
  id: "sweep",
  title: "a design space of 10 000 accelerators",
  run() {
    const start = performance.now();
    const points = sweepDesigns(DESIGNS, gemmsOf(NETWORK_SHAPES[0], 64).slice(0, 1));
    const best = paretoSet(points);
    const seconds = (performance.now() - start) / 1000;
    return Promise.resolve([
      makeRow({
        id: "sweep.time",
        title: `${points.length} points, ${best.length} of them in the Pareto set`,
        unit: "s",
        better: "less",
        value: seconds,
        target: { relation: "<", value: 1 },
        needsIdleMachine: true,
        curves: paretoFronts(points),
      }),
    ]);
  },
};
