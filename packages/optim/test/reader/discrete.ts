/** Discrete min-max problems with known optima. */
import {
  designFir,
  firGrid,
  firProblem,
  relaxation,
  solveDiscrete,
  violation,
  type DiscreteProblem,
  type FirSpecification,
} from "@ansatz/optim/discrete";
import { absolute, expectClose, knownKeys, type GoldenCase, type GoldenReader } from "@ansatz/golden";
import { key } from "@ansatz/tensor/random";

const KIND = "discrete min-max";

/** Searches per problem; the median counts. */
const SEEDS = [0, 1, 2];

/** What the solver must find, relative to the optimum. */
interface Demand {
  readonly optimum: number;
  readonly proved: boolean;
  /** Most that the median may lie above the optimum, relative. */
  readonly within: number;
  readonly tolerance: number;
  /** A first assignment and its value. */
  readonly start?: readonly number[];
  readonly startValue?: number;
}

async function checkSearch(problem: DiscreteProblem, demand: Demand): Promise<void> {
  const { optimum, proved, within, tolerance, start, startValue } = demand;
  const found: number[] = [];
  for (const seed of SEEDS) {
    const options = { key: key(seed), ...(start === undefined ? {} : { start }) };
    const { objective, value, bound, started } = await solveDiscrete(problem, options);
    const again = await violation(problem, value);
    expectClose("value of the result", [objective], [again.objective], absolute(tolerance));
    if (startValue !== undefined)
      expectClose("value of the start", [started.objective], [startValue], absolute(tolerance));
    if (objective > started.objective) throw new Error(`got ${objective}, worse than the start ${started.objective}`);
    if (bound > optimum + tolerance) throw new Error(`the bound ${bound} is above the optimum ${optimum}`);
    if (proved && objective < optimum - tolerance) throw new Error(`got ${objective}, below the optimum ${optimum}`);
    found.push(objective);
  }
  const median = found.sort((a, b) => a - b)[1];
  const most = optimum * (1 + within) + tolerance;
  if (median > most) throw new Error(`the median of the searches is ${median}, allowed ${most} (optimum ${optimum})`);
}

async function checkRepeats(problem: DiscreteProblem): Promise<void> {
  const [first, second] = [
    await solveDiscrete(problem, { key: key(7), maxIterations: 50 }),
    await solveDiscrete(problem, { key: key(7), maxIterations: 50 }),
  ];
  expectClose("the same search again", second.value, first.value, absolute(0));
  expectClose("its history", second.history, first.history, absolute(0));
}

interface Generic {
  readonly name: string;
  readonly A: readonly (readonly number[])[];
  readonly b?: readonly number[];
  readonly lower?: readonly number[];
  readonly upper?: readonly number[];
  readonly levels?: readonly number[];
  readonly levels_per_variable?: readonly (readonly number[])[];
  readonly optimum: number;
  readonly optimal_k?: readonly number[] | null;
  readonly optimal_x?: readonly number[];
  readonly proved: boolean;
  readonly lp_bound?: number | null;
  readonly rounded_lp?: number | null;
  readonly rounded_lp_k?: readonly number[] | null;
  readonly one_opt_from_rounded?: number | null;
  readonly reference_heuristic?: number | null;
}

const GENERIC = (
  "name A b lower upper levels levels_per_variable optimum optimal_k " +
  "optimal_x proved lp_bound rounded_lp rounded_lp_k one_opt_from_rounded reference_heuristic note"
).split(" ");

/** Numbers of this size mean that there is no bound. */
const NONE = 1e30;
const bounds = (values: readonly number[]): number[] =>
  values.map((v) => (Math.abs(v) >= NONE ? Math.sign(v) * Infinity : v));

function genericProblem(row: Generic): DiscreteProblem {
  const levels = row.levels_per_variable ?? row.levels;
  if (levels === undefined) throw new Error(`${row.name}: no levels`);
  if (row.b !== undefined) return { matrix: row.A, target: row.b, levels };
  return {
    matrix: row.A,
    ...(row.lower === undefined ? {} : { lower: bounds(row.lower) }),
    ...(row.upper === undefined ? {} : { upper: bounds(row.upper) }),
    levels,
  };
}

/** Problems with given matrices. */
export const discreteProblems: GoldenReader = (file) => {
  const tolerance: number = file.tolerance;
  return (file.cases as readonly Generic[]).flatMap((row): GoldenCase[] => {
    const { name, optimum, proved } = row;
    const problem = (): DiscreteProblem => {
      knownKeys(name, row, GENERIC);
      return genericProblem(row);
    };
    const valueAt = (k: readonly number[]): number[] =>
      k.map((q, j) => (row.levels_per_variable?.[j] ?? (row.levels as readonly number[]))[q]);
    const cases: GoldenCase[] = [
      {
        name: `${name}, search`,
        kind: KIND,
        async run() {
          await checkSearch(problem(), { optimum, proved, within: 0.01, tolerance });
          await checkRepeats(problem());
        },
      },
    ];
    const optimal = row.optimal_x ?? (row.optimal_k ? valueAt(row.optimal_k) : undefined);
    if (optimal !== undefined) {
      cases.push({
        name: `${name}, value of the optimum`,
        kind: KIND,
        async run() {
          expectClose("value", [(await violation(problem(), optimal)).objective], [optimum], absolute(tolerance));
        },
      });
    }
    const { lp_bound, rounded_lp, rounded_lp_k } = row;
    if (typeof lp_bound === "number") {
      cases.push({
        name: `${name}, relaxation`,
        kind: KIND,
        async run() {
          const relaxed = await relaxation(problem());
          expectClose("bound", [relaxed.bound], [lp_bound], absolute(tolerance));
          const { objective } = await violation(problem(), relaxed.value);
          expectClose("value of the relaxed point", [objective], [lp_bound], absolute(tolerance));
        },
      });
    }
    if (typeof rounded_lp === "number" && rounded_lp_k) {
      const start = valueAt(rounded_lp_k);
      cases.push({
        name: `${name}, search from the rounded relaxation`,
        kind: KIND,
        run: () => checkSearch(problem(), { optimum, proved, within: 0.01, tolerance, start, startValue: rounded_lp }),
      });
    }
    return cases;
  });
};

interface Fir {
  readonly name: string;
  readonly order: number;
  readonly bits: number;
  readonly type: FirSpecification["type"];
  readonly edges: readonly number[];
  readonly grid_points: number;
  readonly remez_half: readonly number[];
  readonly remez_ripple: number;
  readonly rounded_k: readonly number[];
  readonly rounded_ripple: number;
  readonly optimum: number;
  readonly optimal_k: readonly number[];
  readonly proved: boolean;
  readonly lp_bound: number;
  readonly reference_heuristic: number;
  readonly grid_first_last: readonly number[];
  readonly row0: readonly number[];
}

const FIR = (
  "name order bits type edges grid_points remez_half remez_ripple rounded_k " +
  "rounded_ripple optimum optimal_k proved lp_bound reference_heuristic grid_first_last row0"
).split(" ");

/** Filters. */
export const firDesigns: GoldenReader = (file) => {
  const tolerance: number = file.tolerance;
  return (file.cases as readonly Fir[]).flatMap((row): GoldenCase[] => {
    const { name, order, bits, type, edges, optimum, proved } = row;
    const specification = { order, bits, type, edges };
    const values = (k: readonly number[]): number[] => k.map((q) => q / 2 ** (bits - 1));
    return [
      {
        name: `${name}, grid`,
        kind: KIND,
        run() {
          knownKeys(name, row, FIR);
          const { frequencies } = firGrid(specification);
          const last = frequencies[frequencies.length - 1];
          expectClose("ends", [frequencies[0], last], row.grid_first_last, absolute(tolerance));
          expectClose("points", [frequencies.length], [row.grid_points], absolute(0));
          const [first] = firProblem(specification).matrix as readonly ArrayLike<number>[];
          expectClose("first row", first, row.row0, absolute(tolerance));
        },
      },
      {
        name: `${name}, values`,
        kind: KIND,
        async run() {
          const problem = firProblem(specification);
          for (const [what, x, value] of [
            ["remez", row.remez_half, row.remez_ripple],
            ["rounded", values(row.rounded_k), row.rounded_ripple],
            ["optimum", values(row.optimal_k), optimum],
          ] as const) {
            expectClose(what, [(await violation(problem, x)).objective], [value], absolute(tolerance));
          }
          expectClose("bound", [(await relaxation(problem)).bound], [row.lp_bound], absolute(tolerance));
        },
      },
      {
        name: `${name}, search`,
        kind: KIND,
        async run() {
          const start = values(row.rounded_k);
          const startValue = row.rounded_ripple;
          await checkSearch(firProblem(specification), { optimum, proved, within: 1e-3, tolerance, start, startValue });
          const { ripple, continuous, rounded } = await designFir(specification);
          expectClose("continuous ripple", [continuous.ripple], [row.lp_bound], absolute(tolerance));
          if (ripple > rounded.ripple) throw new Error(`ripple ${ripple} above the rounded ${rounded.ripple}`);
        },
      },
    ];
  });
};
