/** Several independent ensembles, spread over an executor and put together by their evidences. */
import { ArgumentError, checkOptions, concat, distinctCitations, tensor, type Tensor } from "@ansatz/tensor";
import { inlineExecutor, type Executor } from "@ansatz/tensor/executor";
import { Key } from "@ansatz/tensor/random";
import { checkCount } from "../check.ts";
import type {
  PosteriorDiagnostics,
  PosteriorProblem,
  PosteriorResult,
  PosteriorSampler,
  PosteriorStatus,
} from "./base.ts";
import { dtypeOf, shapeOf } from "./likelihood.ts";
import { samplePosterior } from "./run.ts";
import { effectiveNumber, logMeanExp } from "./weights.ts";

/** Options of {@link sampleEnsembles}. */
export interface EnsembleOptions {
  readonly key: Key;
  /** Number of ensembles; 4 when left out. */
  readonly ensembles?: number;
  /** Particles of every one; 100 when left out. */
  readonly particles?: number;
  /** Where they run; in this thread when left out. */
  readonly executor?: Executor;
  readonly signal?: AbortSignal;
  /** Called after every ensemble. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Result of {@link sampleEnsembles}. */
export interface EnsembleResult {
  /** All particles, [ensembles x particles, ...shape]. It is yours. */
  readonly value: Tensor;
  /** Weights of sum 1; all 0 when every ensemble collapsed. */
  readonly weights: Float64Array;
  readonly logEvidence: number | undefined;
  /** Standard deviation of the logarithm of the evidence over the ensembles; undefined where that is unknown. */
  readonly evidenceSpread: number | undefined;
  readonly status: PosteriorStatus;
  readonly message: string;
  readonly members: readonly {
    readonly status: PosteriorStatus;
    readonly logEvidence: number | undefined;
    readonly diagnostics: PosteriorDiagnostics;
  }[];
  readonly cost: { readonly evaluations: number };
  readonly citations: PosteriorResult["citations"];
}

/** What comes back from an executor: plain data. */
interface Member extends Omit<PosteriorResult, "value"> {
  readonly values: Float64Array;
}

/**
 * Runs independent ensembles with keys `key.fold(i)` and puts them together: ensemble i counts in proportion to its estimate of the evidence,
 * or as much as every other where that is unknown; collapsed ones count nothing. Which executor runs them makes no difference.
 * Ensembles also show what one cannot: how much the answer depends on chance.
 * @throws ArgumentError, ShapeError, DTypeError when problem, method and options do not fit; the signal's reason when aborted;
 * TaskError when the denoiser throws
 */
export async function sampleEnsembles<C>(
  sampler: PosteriorSampler,
  problem: PosteriorProblem<C>,
  options: EnsembleOptions,
): Promise<EnsembleResult> {
  const name = "sampleEnsembles";
  checkOptions(name, options, ["key", "ensembles", "particles", "executor", "signal", "onProgress"]);
  const { key, ensembles = 4, particles = 100, executor = inlineExecutor(), signal, onProgress } = options;
  if (!(key instanceof Key))
    throw new ArgumentError(`${name}: key is needed (got ${String(key)}, expected key(seed)).`);
  checkCount(name, "ensembles", ensembles);
  checkCount(name, "particles", particles);
  const task = {
    name: "inverse/posterior",
    key,
    async run(_: number, context: { readonly key: Key; readonly signal: AbortSignal }): Promise<Member> {
      const { value, ...rest } = await samplePosterior(sampler, problem, {
        key: context.key,
        particles,
        signal: context.signal,
      });
      const values = Float64Array.from((await value.data()) as ArrayLike<number>);
      value.dispose();
      return { ...rest, values };
    },
  };
  const members = await executor.map(
    task,
    Array.from({ length: ensembles }, (_, i) => i),
    { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) },
  );
  return together(problem as PosteriorProblem, members);
}

function together({ likelihood }: PosteriorProblem, members: readonly Member[]): EnsembleResult {
  const alive = members.map(({ status }) => status === "finished");
  const logs = Float64Array.from(members, ({ logEvidence }, i) => (alive[i] ? (logEvidence ?? 0) : -Infinity));
  const known = members.every(({ logEvidence }, i) => !alive[i] || logEvidence !== undefined) && alive.includes(true);
  const joint = logMeanExp(logs);
  const weights = Float64Array.from(
    members.flatMap((m, i) => {
      const share = alive[i] ? Math.exp(logs[i] - joint) / members.length : 0;
      return Array.from(m.weights, (w) => w * share);
    }),
  );
  const living = Array.from(logs.filter((_, i) => alive[i]));
  const centre = living.reduce((a, b) => a + b, 0) / living.length;
  const spread =
    living.length > 1 ? Math.sqrt(living.reduce((s, l) => s + (l - centre) ** 2, 0) / (living.length - 1)) : undefined;
  const [shape, dtype] = [shapeOf(likelihood), dtypeOf(likelihood)];
  const device = likelihood.kind === "gaussian" ? likelihood.data.device : "cpu";
  const batches = members.map(({ values, weights: w }) =>
    tensor(values, { shape: [w.length, ...shape], dtype, device }),
  );
  const value = concat(batches);
  const effective = effectiveNumber(weights);
  const count = alive.filter(Boolean).length;
  return {
    value,
    weights,
    logEvidence: known ? joint : undefined,
    evidenceSpread: known ? spread : undefined,
    status: count > 0 ? "finished" : "collapsed",
    message: `${count} of ${members.length} ensembles finished, ${effective.toFixed(1)} of ${weights.length} particles effective.`,
    members: members.map(({ status, logEvidence, diagnostics }) => ({ status, logEvidence, diagnostics })),
    cost: { evaluations: members.reduce((n, { cost }) => n + cost.evaluations, 0) },
    citations: distinctCitations(...members.map(({ citations }) => citations)),
  };
}
