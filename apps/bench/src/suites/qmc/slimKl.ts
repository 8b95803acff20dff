/** SLIM-KL on a signal of two tones: forecasts of one agent and of several, with whole and with rounded messages. */
import { gsmpGrid, noiseVariance, slimKl, slimKlAgent, type SlimKlAgent } from "@ansatz/qmc";
import { key, normal, type Key } from "@ansatz/tensor/random";
import { breathe } from "../../cli/io.ts";
import { summarize } from "../../measure/statistics.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

const [N, AHEAD, COMPONENTS] = [120, 40, 100];
const QUANTUM = 0.01;
/** Draws of the noise, and of the rounding for each of them. */
const [PROBLEMS, ROUNDINGS] = [9, 1];

const truth = (x: number): number => Math.sin(2 * Math.PI * 0.05 * x) + 0.6 * Math.cos(2 * Math.PI * 0.12 * x);

/** Noisy values of the signal, a kernel on a grid, and agents that have some of the values. */
interface Problem {
  readonly agentOf: (member: (i: number) => boolean) => SlimKlAgent;
  /** Mean square error of the forecast of an agent with all values. */
  readonly errorOf: (weights: Float64Array) => number;
}

async function makeProblem(k: Key): Promise<Problem> {
  using drawn = normal(k, [N], { dtype: "f64", device: "cpu" });
  const noise = await drawn.data();
  const inputs = Array.from({ length: N }, (_, i) => [i]);
  const targets = Float64Array.from(inputs, ([x], i) => truth(x) + 0.1 * noise[i]);
  const future = Array.from({ length: AHEAD }, (_, i) => [N + i]);
  const kernel = gsmpGrid({ dimension: 1, components: COMPONENTS });
  const variance = noiseVariance(targets);
  const agentOf = (member: (i: number) => boolean): SlimKlAgent =>
    slimKlAgent({
      kernel,
      inputs: inputs.filter((_, i) => member(i)),
      targets: targets.filter((_, i) => member(i)),
      noise: variance,
    });
  const whole = agentOf(() => true);
  return {
    agentOf,
    errorOf: (weights) =>
      whole
        .predict(weights, future)
        .mean.reduce((sum, value, i) => sum + (value - truth(future[i][0])) ** 2 / AHEAD, 0),
  };
}

const BLOCKS = Array.from({ length: 4 }, (_, b) =>
  Array.from({ length: COMPONENTS / 4 }, (_, i) => (b * COMPONENTS) / 4 + i),
);

/** Errors with whole messages, ratios of those with rounded ones, and the share of the bits that these take. */
async function consensus(
  { agentOf, errorOf }: Problem,
  count: number,
  k: Key,
  signal: AbortSignal,
): Promise<{ error: number; ratios: number[]; bits: number }> {
  const agents = Array.from({ length: count }, (_, j) => agentOf((i) => i % count === j));
  const options = { agents, localSteps: 5, rounds: 30, signal };
  const plain = await slimKl(options);
  const error = errorOf(plain.weights);
  const ratios: number[] = [];
  let bits = 0;
  for (let r = 0; r < ROUNDINGS; r++) {
    const { weights, cost, iterations } = await slimKl({ ...options, quantum: QUANTUM, key: k.fold(r) });
    ratios.push(errorOf(weights) / error);
    bits = cost.bits / iterations / (plain.cost.bits / plain.iterations);
  }
  return { error, ratios, bits };
}

const median = (values: readonly number[]): number => summarize(values).median;

export const slimKlFigure: Figure = {
  id: "slimkl",
  title: `SLIM-KL: forecast of ${AHEAD} values from ${N}, ${COMPONENTS} components, medians over ${PROBLEMS} draws of the noise`,
  run: async ({ seed, report, signal }) => {
    const problems = [];
    for (let p = 0; p < PROBLEMS; p++) problems.push(await makeProblem(key(seed).fold(p)));
    const rows: Row[] = [];
    const row = (id: string, title: string, unit: string, value: number, goal: number, note?: string): void => {
      const target = { relation: "<=", value: goal } as const;
      rows.push(makeRow({ id: `slimkl.${id}`, title, unit, better: "less", value, target, note }));
    };

    report("one agent");
    const alone = problems.map(({ agentOf, errorOf }) => {
      const agent = agentOf(() => true);
      let weights = new Float64Array(COMPONENTS).fill(0.2) as Float64Array;
      for (let step = 0; step < 12; step++) weights = agent.scaStep(weights, BLOCKS);
      return { kept: weights.filter((w) => w > 1e-3).length, error: errorOf(weights) };
    });
    row("nonzero", "one agent: weights above 0.001", "", median(alone.map(({ kept }) => kept)), 5);
    row("one", "one agent, convex blocks: mean square error", "", median(alone.map(({ error }) => error)), 0.02);

    for (const count of [2, 4]) {
      const all = [];
      for (const problem of problems) {
        report(`${count} agents`);
        await breathe(signal);
        all.push(await consensus(problem, count, key(seed), signal));
      }
      row(`agents-${count}`, `${count} agents: mean square error`, "", median(all.map(({ error }) => error)), 0.02);
      row(
        `rounded-${count}`,
        `${count} agents, messages rounded to ${QUANTUM}: error over that of whole ones`,
        "x",
        median(all.flatMap(({ ratios }) => ratios)),
        1.3,
        `bits per round: ${(100 * median(all.map(({ bits }) => bits))).toFixed(0)} % of the whole ones`,
      );
    }
    return rows;
  },
};
