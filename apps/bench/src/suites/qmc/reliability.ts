/** How often adaptive cubature keeps its word, and how many points it takes. */
import {
  cubBayesLattice,
  cubBayesNet,
  cubQmcLattice,
  cubQmcNet,
  integrate,
  keister,
  lattice,
  loadLatticeVector,
  repStudentT,
  type Criterion,
} from "@ansatz/qmc";
import { key } from "@ansatz/tensor/random";
import { breathe } from "../../cli/io.ts";
import { summarize } from "../../measure/statistics.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";

const RUNS = 100;

/** Tolerances by dimension, and the median number of points that QMCPy takes. */
const CASES = [
  { dimension: 1, tolerance: 1e-3, points: 2048 },
  { dimension: 3, tolerance: 1e-2, points: 2048 },
  { dimension: 5, tolerance: 5e-2, points: 1024 },
] as const;

interface Entry {
  readonly make: (absoluteTolerance: number) => Promise<Criterion> | Criterion;
  /** Whether the tolerance has to be kept, and whether QMCPy's numbers of points are known. */
  readonly reliable: boolean;
  readonly counted: boolean;
}

const CRITERIA: readonly Entry[] = [
  { make: (absoluteTolerance) => cubQmcNet({ absoluteTolerance }), reliable: true, counted: true },
  {
    // QMCPy's generating vector.
    make: async (absoluteTolerance) => {
      const vector = await loadLatticeVector("kuo-32001");
      return cubQmcLattice({ absoluteTolerance, points: (dimension, k) => lattice({ dimension, key: k, vector }) });
    },
    reliable: true,
    counted: true,
  },
  { make: (absoluteTolerance) => repStudentT({ absoluteTolerance, replications: 16 }), reliable: true, counted: false },
  // Credible intervals promise nothing for one integrand, and 2^8 points are few in five dimensions.
  { make: (absoluteTolerance) => cubBayesNet({ absoluteTolerance }), reliable: false, counted: false },
  { make: (absoluteTolerance) => cubBayesLattice({ absoluteTolerance }), reliable: false, counted: false },
];

async function reliabilityOf(
  context: FigureContext,
  criterion: Criterion,
  { dimension, tolerance, points }: (typeof CASES)[number],
  { reliable, counted }: Entry,
): Promise<Row[]> {
  const f = keister({ dimension });
  const exact = (f.exact as readonly number[])[0];
  const sizes: number[] = [];
  let kept = 0;
  let bounded = 0;
  for (let seed = 0; seed < RUNS; seed++) {
    const result = await integrate(criterion, { integrand: f, key: key(context.seed).fold(seed) });
    if (Math.abs(result.value[0] - exact) <= tolerance) kept++;
    if (result.lower[0] <= exact && exact <= result.upper[0]) bounded++;
    sizes.push(result.size);
    await breathe(context.signal);
  }
  const id = `reliability.${criterion.name}.${dimension}`;
  const title = `${criterion.name}, Keister, d = ${dimension}, tolerance ${tolerance}`;
  const rows = [
    makeRow({
      id,
      title: `${title}: runs within it`,
      unit: `of ${RUNS}`,
      better: "more",
      value: kept,
      runs: RUNS,
      target: reliable ? { relation: ">=", value: 97 } : undefined,
      note: `within their own bounds: ${bounded}`,
    }),
  ];
  if (counted) {
    rows.push(
      makeRow({
        id: `${id}.points`,
        title: `${title}: median number of points, QMCPy's is ${points}`,
        unit: "points",
        better: "equal",
        value: summarize(sizes).median,
        runs: RUNS,
        target: { relation: "=", value: points },
      }),
    );
  }
  return rows;
}

export const reliability: Figure = {
  id: "reliability",
  title: "adaptive cubature: how often the error is within the tolerance",
  run: async (context) => {
    const rows: Row[] = [];
    for (const entry of CRITERIA) {
      for (const one of CASES) {
        const criterion = await entry.make(one.tolerance);
        context.report(`${criterion.name}, d = ${one.dimension}`);
        rows.push(...(await reliabilityOf(context, criterion, one, entry)));
      }
    }
    return rows;
  },
};
