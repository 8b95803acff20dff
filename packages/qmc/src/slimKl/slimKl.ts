/** SLIM-KL: kernel learning over several agents that share weights, not data. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import type { Executor, Task } from "@ansatz/tensor/executor";
import type { Key } from "@ansatz/tensor/random";
import { checkChoice, checkInteger, checkPositive } from "../check.ts";
import { SUWANDI, type Citation } from "../citation.ts";
import { randomUniforms, requireKey } from "../words.ts";
import { runTasks } from "../tasks.ts";
import type { Coupling, GpPrediction, SlimKlAgent } from "./agent.ts";

/** Options of {@link slimKl}. */
export interface SlimKlOptions {
  readonly agents: readonly SlimKlAgent[];
  /** `"mm"` (the default): closed-form steps; `"sca"`: convex blocks. */
  readonly method?: "mm" | "sca";
  /** Steps of every agent in a round; 1 when left out. */
  readonly localSteps?: number;
  /** Number of blocks of "sca"; 4 when left out. */
  readonly blocks?: number;
  /** Start of all weights, > 0; 0.2 when left out. */
  readonly start?: number;
  /** Penalty at the start, > 0; 0.5 when left out. */
  readonly rho?: number;
  /** Whether the penalty follows the ratio of the residuals; true when left out. */
  readonly balance?: boolean;
  /** Most rounds; 100 when left out. */
  readonly rounds?: number;
  /** Distance of the levels that messages are rounded to; no rounding when left out. */
  readonly quantum?: number;
  /** Key of the rounding. */
  readonly key?: Key;
  /** Runs the steps of the agents (`"qmc/slim-kl"`); one after the other when left out. */
  readonly executor?: Executor;
  readonly signal?: AbortSignal;
  readonly onProgress?: (round: SlimKlRound) => void;
}

/** One round. */
export interface SlimKlRound {
  readonly round: number;
  /** Shared weights. */
  readonly theta: Float64Array;
  /** Weights of the agents. */
  readonly zeta: readonly Float64Array[];
  readonly lambda: readonly Float64Array[];
  readonly rho: number;
  /** Norms of disagreement and of movement. */
  readonly primal: number;
  readonly dual: number;
  /** Bits sent up by all agents. */
  readonly bits: number;
}

/** Result of {@link slimKl}. */
export interface SlimKlResult {
  readonly weights: Float64Array;
  readonly status: "converged" | "max-rounds";
  readonly message: string;
  readonly iterations: number;
  readonly history: readonly SlimKlRound[];
  readonly cost: { readonly bits: number };
  readonly citations: readonly Citation[];
}

const NAMES = [
  "agents",
  "method",
  "localSteps",
  "blocks",
  "start",
  "rho",
  "balance",
  "rounds",
  "quantum",
  "key",
  "executor",
  "signal",
  "onProgress",
];

/** What an agent is told in a round. */
interface AgentInput {
  readonly agent: number;
  readonly s: Float64Array;
  readonly coupling: Coupling;
}

/**
 * Consensus over agents by the alternating direction method of multipliers: every agent steps on its own objective with the
 * coupling lambda . s + rho / 2 |s - theta|^2, the server averages s + lambda / rho, multipliers follow the disagreement.
 *
 * Ends when disagreement and movement are below sqrt(A N) 1e-3 plus 1e-3 of the weights' norms. Messages in both directions may be
 * rounded at random to multiples of a quantum, without bias; the weights returned are then the mean of the server's over the last third
 * of the rounds. Negative weights, and those below the standard error that rounding leaves in these means, are returned as 0.
 * @throws ArgumentError for options outside their ranges
 * Source: R. C. Suwandi, Z. Lin, F. Yin, Z. Wang, S. Theodoridis, arXiv 2309.08201.
 */
export async function slimKl(options: SlimKlOptions): Promise<SlimKlResult> {
  const name = "slimKl";
  checkOptions(name, options, NAMES);
  const {
    agents,
    method = "mm",
    localSteps = 1,
    blocks = 4,
    start = 0.2,
    balance = true,
    rounds = 100,
    quantum,
  } = options;
  if (agents.length === 0) throw new ArgumentError(`${name}: there are no agents (got 0, expected at least 1).`);
  const count = agents[0].components;
  if (agents.some(({ components }) => components !== count)) {
    throw new ArgumentError(
      `${name}: the agents have different kernels (got ${agents.map((a) => a.components).join(", ")} components, expected ${count}).`,
    );
  }
  checkChoice(name, "method", method, ["mm", "sca"]);
  checkInteger(name, "localSteps", localSteps, 1);
  checkInteger(name, "blocks", blocks, 1, count);
  checkPositive(name, "start", start);
  let rho = options.rho ?? 0.5;
  checkPositive(name, "rho", rho);
  checkInteger(name, "rounds", rounds, 1);
  if (quantum !== undefined) {
    checkPositive(name, "quantum", quantum);
    requireKey(name, options.key, "rounding");
  } else if (options.key !== undefined) {
    throw new ArgumentError(
      `${name}: a key is of no use without rounding (got a key and no quantum, expected both or neither).`,
    );
  }
  const send = (x: Float64Array, ...path: number[]): Float64Array =>
    quantum === undefined
      ? x
      : roundAtRandom(
          x,
          quantum,
          path.reduce((k, step) => k.fold(step), options.key as Key),
        );
  const groups = Array.from({ length: blocks }, (_, b) =>
    Array.from({ length: count }, (_, q) => q).filter((q) => Math.floor((q * blocks) / count) === b),
  );

  const task: Task<AgentInput, Float64Array> = {
    name: "qmc/slim-kl",
    run({ agent, s, coupling }) {
      let next = s;
      for (let step = 0; step < localSteps; step++) {
        next = method === "mm" ? agents[agent].mmStep(next, coupling) : agents[agent].scaStep(next, groups, coupling);
      }
      return next;
    },
  };
  const n = agents.length;
  let theta: Float64Array = new Float64Array(count).fill(start);
  let zeta: Float64Array[] = agents.map(() => new Float64Array(count).fill(start));
  let lambda: Float64Array[] = agents.map(() => new Float64Array(count));
  const history: SlimKlRound[] = [];
  const means: Float64Array[] = [];
  let bits = 0;
  for (let round = 1; round <= rounds; round++) {
    options.signal?.throwIfAborted();
    const shared = theta;
    const inputs = agents.map((_, agent) => ({
      agent,
      s: zeta[agent],
      coupling: { lambda: lambda[agent], theta: shared, rho },
    }));
    zeta = await runTasks(options.executor, task, inputs, options.signal);
    const messages = zeta.map((s, j) =>
      send(
        s.map((value, q) => value + lambda[j][q] / rho),
        round,
        j,
      ),
    );
    bits += messages.reduce((sum, message) => sum + bitsOf(message, quantum), 0);
    const mean = new Float64Array(count);
    for (const message of messages) message.forEach((value, q) => (mean[q] += value / n));
    means.push(mean);
    const before = theta;
    theta = send(mean, round, n);
    lambda = lambda.map((row, j) => row.map((value, q) => value + rho * (zeta[j][q] - theta[q])));
    const primal = Math.sqrt(zeta.reduce((sum, s) => sum + distance2(s, theta), 0));
    const dual = rho * Math.sqrt(n * distance2(theta, before));
    const state: SlimKlRound = { round, theta, zeta, lambda, rho, primal, dual, bits };
    history.push(state);
    options.onProgress?.(state);
    const floor = Math.sqrt(count * n) * 1e-3;
    const norms = Math.max(Math.sqrt(n * norm2(theta)), Math.sqrt(zeta.reduce((sum, s) => sum + norm2(s), 0)));
    const pull = Math.sqrt(lambda.reduce((sum, row) => sum + norm2(row), 0));
    if (primal <= floor + 1e-3 * norms && dual <= floor + 1e-3 * pull) {
      return finish("converged", "The agents agree and the shared weights stand still.");
    }
    if (balance) {
      if (primal > 10 * dual) rho *= 2;
      else if (dual > primal) rho /= 2;
    }
  }
  return finish("max-rounds", `The agents do not agree after ${rounds} rounds. Allow more rounds or another rho.`);

  function finish(status: SlimKlResult["status"], message: string): SlimKlResult {
    // One rounded message is noisy; the server's means of the last third of the rounds are not.
    const last = quantum === undefined ? [theta] : means.slice(-Math.ceil(means.length / 3));
    const noise = quantum === undefined ? 0 : quantum / Math.sqrt(n * last.length);
    const average = theta.map((_, q) => last.reduce((sum, row) => sum + row[q], 0) / last.length);
    return {
      weights: average.map((value) => (value > noise ? value : 0)),
      status,
      message,
      iterations: history.length,
      history,
      cost: { bits },
      citations: [SUWANDI],
    };
  }
}

const norm2 = (x: Float64Array): number => x.reduce((sum, value) => sum + value * value, 0);

const distance2 = (x: Float64Array, y: Float64Array): number =>
  x.reduce((sum, value, q) => sum + (value - y[q]) ** 2, 0);

/** log2((largest - least) / quantum + 1) for each number, or 64. */
function bitsOf(x: Float64Array, quantum: number | undefined): number {
  if (quantum === undefined) return 64 * x.length;
  const [low, high] = [x.reduce((a, b) => Math.min(a, b)), x.reduce((a, b) => Math.max(a, b))];
  return x.length * Math.log2((high - low) / quantum + 1);
}

/**
 * Rounds to multiples of a quantum: down, or up when u < the fraction that is left; without bias for uniform u.
 * @param u one number in [0, 1) for each of x
 * @throws ArgumentError for a quantum <= 0 and lists of different lengths
 */
export function quantize(x: ArrayLike<number>, quantum: number, u: ArrayLike<number>): Float64Array {
  checkPositive("quantize", "quantum", quantum);
  if (u.length !== x.length) {
    throw new ArgumentError(
      `quantize: the lists differ in length (got ${u.length} uniform numbers, expected ${x.length}).`,
    );
  }
  return Float64Array.from({ length: x.length }, (_, i) => {
    const level = Math.floor(x[i] / quantum);
    return (level + (u[i] < x[i] / quantum - level ? 1 : 0)) * quantum;
  });
}

function roundAtRandom(x: Float64Array, quantum: number, key: Key): Float64Array {
  return quantize(x, quantum, randomUniforms(key, x.length));
}

/**
 * One prediction from those of several experts, weighted by the inverse of their variances.
 * @throws ArgumentError for no experts, or predictions of different lengths
 */
export function fusePredictions(experts: readonly GpPrediction[]): GpPrediction {
  if (experts.length === 0)
    throw new ArgumentError("fusePredictions: there are no experts (got 0, expected at least 1).");
  const m = experts[0].mean.length;
  if (experts.some(({ mean, variance }) => mean.length !== m || variance.length !== m)) {
    throw new ArgumentError(`fusePredictions: the predictions differ in length (expected ${m} numbers each).`);
  }
  const mean = new Float64Array(m);
  const variance = new Float64Array(m);
  for (let k = 0; k < m; k++) {
    let total = 0;
    for (const expert of experts) {
      total += 1 / expert.variance[k];
      mean[k] += expert.mean[k] / expert.variance[k];
    }
    mean[k] /= total;
    // The mean of the precisions: experts that saw the same trend are not independent.
    variance[k] = experts.length / total;
  }
  return { mean, variance };
}
