/** Root mean square errors of randomised points against their number, and the slopes of these lines. */
import { iidUniform, halton, lattice, periodize, sobol, type Sequence } from "@ansatz/qmc";
import { key, type Key } from "@ansatz/tensor/random";
import { breathe } from "../../cli/io.ts";
import type { Target } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";

const REPLICATIONS = 40;

interface Method {
  readonly name: string;
  readonly points: (dimension: number, key: Key) => Sequence;
  /** Whether the tent transform makes the integrand periodic. */
  readonly tent?: boolean;
}

const replications = REPLICATIONS;

const METHODS: readonly Method[] = [
  { name: "Monte Carlo", points: (dimension, key) => iidUniform({ dimension, key, replications }) },
  { name: "digital shift", points: (dimension, key) => sobol({ dimension, key, replications, scramble: "ds" }) },
  { name: "linear scramble", points: (dimension, key) => sobol({ dimension, key, replications }) },
  {
    name: "nested scramble",
    points: (dimension, key) => sobol({ dimension, key, replications, scramble: "nus", bits: 53 }),
  },
  { name: "interlaced by 2", points: (dimension, key) => sobol({ dimension, key, replications, alpha: 2 }) },
  { name: "interlaced by 3", points: (dimension, key) => sobol({ dimension, key, replications, alpha: 3 }) },
  { name: "lattice", points: (dimension, key) => lattice({ dimension, key, replications }) },
  { name: "lattice with tent", points: (dimension, key) => lattice({ dimension, key, replications }), tent: true },
  { name: "Halton", points: (dimension, key) => halton({ dimension, key, replications }) },
];

/** What has to hold of the slopes, by dimension and method; the specification's measured values are within. */
const SLOPES: Readonly<Record<number, Readonly<Record<string, readonly [number, number]>>>> = {
  1: {
    "Monte Carlo": [-0.6, -0.4],
    "digital shift": [-1.1, -0.9],
    "nested scramble": [-1.65, -1.35],
    "interlaced by 2": [-Infinity, -2.2],
    "interlaced by 3": [-Infinity, -2.8],
    lattice: [-1.1, -0.9],
    "lattice with tent": [-2.2, -1.8],
  },
  2: {
    "Monte Carlo": [-0.6, -0.4],
    "linear scramble": [-Infinity, -1.25],
    "nested scramble": [-Infinity, -1.25],
    "interlaced by 2": [-Infinity, -1.9],
    "lattice with tent": [-Infinity, -1.75],
  },
  4: {
    "Monte Carlo": [-0.6, -0.4],
    "linear scramble": [-Infinity, -1.2],
    "nested scramble": [-Infinity, -1.15],
    Halton: [-Infinity, -0.8],
  },
};

const SIZES: Readonly<Record<number, readonly number[]>> = {
  1: [4, 5, 6, 7, 8, 9, 10, 11],
  2: [4, 5, 6, 7, 8, 9, 10, 11],
  4: [7, 8, 9, 10, 11, 12, 13],
};

const { psi } = periodize("baker");

/** Errors of one method for prod_j (1 + (e^x_j - e + 1) / 2), whose integral is 1: from the first points of one sequence. */
function errorsOf(method: Method, dimension: number, k: Key): number[] {
  const points = method.points(dimension, k);
  const exponents = SIZES[dimension];
  const squares = exponents.map(() => 0);
  const most = 2 ** exponents[exponents.length - 1];
  for (let r = 0; r < REPLICATIONS; r++) {
    const u = points.replication(r).array(0, most);
    let sum = 0;
    let at = 0;
    exponents.forEach((m, i) => {
      for (const n = 2 ** m; at < n; at++) {
        let value = 1;
        for (let j = 0; j < dimension; j++) {
          const x = u[at * dimension + j];
          value *= 1 + (Math.exp(method.tent === true ? psi(x) : x) - Math.E + 1) / 2;
        }
        sum += value;
      }
      squares[i] += (sum / 2 ** m - 1) ** 2 / REPLICATIONS;
    });
  }
  return squares.map(Math.sqrt);
}

/** The slope of a least-squares line through the points (m, log2 error). */
export function slopeOf(exponents: readonly number[], errors: readonly number[]): number {
  const logs = errors.map(Math.log2);
  const x = exponents.reduce((a, b) => a + b) / exponents.length;
  const y = logs.reduce((a, b) => a + b) / logs.length;
  const top = exponents.reduce((sum, m, k) => sum + (m - x) * (logs[k] - y), 0);
  return top / exponents.reduce((sum, m) => sum + (m - x) ** 2, 0);
}

async function allErrors(context: FigureContext, dimension: number): Promise<{ name: string; errors: number[] }[]> {
  const all = [];
  for (const method of METHODS) {
    context.report(`${method.name}, d = ${dimension}`);
    all.push({ name: method.name, errors: errorsOf(method, dimension, key(context.seed)) });
    await breathe(context.signal);
  }
  return all;
}

/** The table and the plot of one dimension. */
function table(dimension: number): Figure {
  const id = `rmse-${dimension}`;
  return {
    id,
    title: `root mean square error over ${REPLICATIONS} randomisations, d = ${dimension}`,
    plot: { x: "points", y: "rms error" },
    run: async (context) =>
      (await allErrors(context, dimension)).flatMap(({ name, errors }) =>
        errors.map((error, i) => {
          const n = 2 ** SIZES[dimension][i];
          const title = `${name}, ${n} points`;
          return makeRow({ id: `${id}.${name}.${n}`, title, unit: "rms", better: "less", value: error });
        }),
      ),
  };
}

const slopes: Figure = {
  id: "slopes",
  title: "slopes of the error in the number of points, both logarithmic",
  run: async (context) => {
    const rows = [];
    for (const [d, goals] of Object.entries(SLOPES)) {
      const dimension = Number(d);
      for (const { name, errors } of await allErrors(context, dimension)) {
        const goal = goals[name] as readonly [number, number] | undefined;
        const slope = slopeOf(SIZES[dimension], errors);
        const target: Target | undefined = goal && { relation: "<=", value: goal[1] };
        const low = goal !== undefined && Number.isFinite(goal[0]);
        const id = `slopes.${dimension}.${name}`;
        const title = `d = ${dimension}, ${name}`;
        rows.push(makeRow({ id, title, unit: "", better: "less", value: slope, target }));
        if (low) {
          const least = { relation: ">=", value: goal[0] } as const;
          rows.push(makeRow({ id: `${id}.low`, title, unit: "", better: "more", value: slope, target: least }));
        }
      }
    }
    return rows;
  },
};

export const rateFigures: readonly Figure[] = [table(1), table(2), table(4), slopes];
