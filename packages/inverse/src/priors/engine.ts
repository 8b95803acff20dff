/** Trains a network on one scan: what all deep image priors share. */
import { emaWeight, type Buffers, type Optimizer } from "@ansatz/optim";
import {
  add,
  compile,
  mul,
  scope,
  square,
  sub,
  sum,
  treeEntries,
  treeFlatten,
  treeUnflatten,
  vjp,
  zeros,
  type Citation,
  type Operand,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import type { LinearOperator } from "@ansatz/tensor/linear";
import type { Key } from "@ansatz/tensor/random";
import type { Algorithm, ReconstructionProblem, ReconstructionState } from "../algorithms/base.ts";
import { begin, advance } from "../algorithms/tools.ts";
import type { Denoiser } from "../denoisers/base.ts";
import type { Coupling, Side } from "./couplings.ts";
import type { Generator, GeneratorParams } from "./generator.ts";

/** What changes from step to step. */
type Run = {
  readonly params: GeneratorParams;
  readonly buffers: Buffers;
  /** Moving average of the images, and of their squared distance from it. */
  readonly average: Tensor;
  readonly variance: Tensor;
  readonly side: Side;
};

/** Settings of {@link trainedPrior}. */
export interface PriorSettings {
  readonly name: string;
  readonly citations: readonly Citation[];
  readonly key: Key;
  readonly generator: Generator;
  readonly coupling: Coupling;
  /** A denoiser that finds the x of a splitting, and the level it is told. */
  readonly denoiser?: { readonly call: Denoiser; readonly sigma: number };
  readonly optimizer: Optimizer;
  readonly decay: number;
  readonly stepsPerIteration: number;
  readonly unit: number;
  /** Steps without a new least variance after which a run ends; never when undefined. */
  readonly patience: number | undefined;
}

/** Functions for one operator. */
interface Machine {
  /** Structure of a run. */
  readonly spec: ReturnType<typeof treeFlatten>["spec"];
  readonly paths: readonly string[];
  first(problem: ReconstructionProblem): { readonly run: Run; readonly codes: Tensor };
  /** A step; `take` reuses the memory of the run that goes in. */
  step(run: Run, codes: Tensor, data: Tensor, weight: number, numbers: readonly number[], take: boolean): Run;
  image(params: GeneratorParams, codes: Tensor): Tensor;
}

/**
 * The algorithm: an iteration is `stepsPerIteration` steps of Adam, each one compiled plan. The first step of an iteration leaves the state that it
 * starts from alone, the others reuse the memory of the step before.
 */
export function trainedPrior(settings: PriorSettings): Algorithm {
  const machines = new WeakMap<LinearOperator, Machine>();
  const machineOf = (operator: LinearOperator): Machine => {
    const known = machines.get(operator);
    if (known !== undefined) return known;
    const made = machine(settings, operator);
    machines.set(operator, made);
    return made;
  };
  const { name, citations, optimizer, decay, stepsPerIteration, denoiser, patience } = settings;
  return {
    name,
    citations,
    watchesResidual: true,
    complex: false,
    async init(problem) {
      const { paths, first, image } = machineOf(problem.operator);
      const { run, codes } = first(problem);
      const state = await begin(problem, image(run.params, codes));
      return { ...state, vectors: { ...state.vectors, codes, ...pathsOf(run, paths) }, numbers: NO_NUMBERS };
    },
    async step(problem, state) {
      const { spec, paths, step, image } = machineOf(problem.operator);
      const { codes } = state.vectors;
      let run = treeUnflatten(
        spec,
        paths.map((path) => state.vectors[path]),
      ) as unknown as Run;
      for (let i = 0; i < stepsPerIteration; i++) {
        const count = state.iteration * stepsPerIteration + i + 1;
        if (denoiser !== undefined) run = await denoised(denoiser, image(run.params, codes), run, i > 0);
        const weight = emaWeight(count, { decay });
        run = step(run, codes, problem.data, weight, optimizer.numbers(count), i > 0 || denoiser !== undefined);
      }
      return finished(problem, state, run, paths, patience === undefined ? Infinity : patience / stepsPerIteration);
    },
  };
}

/** `variance` is that of the last images; it grows again when the network begins to fit noise. */
const NO_NUMBERS = { variance: Infinity, leastVariance: Infinity, leastAt: 0 };

const pathsOf = (run: Run, paths: readonly string[]): Record<string, Tensor> => {
  const { leaves } = treeFlatten(run as unknown as Tree);
  return Object.fromEntries(paths.map((path, i) => [path, leaves[i]]));
};

/** `x = D(G + u)`, `u += G - x`. What the run had is disposed when `take`; the rest of a run that must stay is copied. */
async function denoised(
  { call, sigma }: { readonly call: Denoiser; readonly sigma: number },
  image: Tensor,
  run: Run,
  take: boolean,
): Promise<Run> {
  const moved = scope(() => add(image, run.side["u"]));
  const x = await call.denoise(moved, sigma);
  const u = scope(() => sub(moved, x));
  moved.dispose();
  image.dispose();
  if (!take) {
    const { leaves, spec } = treeFlatten({ ...run, side: {} } as unknown as Tree);
    const copies = leaves.map((t) => scope(() => mul(t, 1)));
    return { ...(treeUnflatten(spec, copies) as unknown as Run), side: { x, u } };
  }
  for (const t of Object.values(run.side)) t.dispose();
  return { ...run, side: { x, u } };
}

/** The state after an iteration. */
async function finished(
  problem: ReconstructionProblem,
  state: ReconstructionState,
  run: Run,
  paths: readonly string[],
  patience: number,
): Promise<ReconstructionState> {
  const variance = Number(await run.variance.item());
  const iteration = state.iteration + 1;
  const better = variance < state.numbers["leastVariance"];
  const next = await advance(problem, state, () => ({
    x: mul(run.average, 1),
    ...(patience < Infinity
      ? { best: better ? mul(run.average, 1) : mul(state.vectors["best"] ?? run.average, 1) }
      : {}),
  }));
  if (next.failure !== undefined) {
    for (const t of treeFlatten(run as unknown as Tree).leaves) t.dispose();
    return next;
  }
  const leastAt = better ? iteration : state.numbers["leastAt"];
  const numbers = { variance, leastVariance: Math.min(variance, state.numbers["leastVariance"]), leastAt };
  const vectors = { ...next.vectors, ...pathsOf(run, paths) };
  const over = iteration - leastAt >= patience;
  // The image of the least variance is the last one before the network began to fit noise.
  return over
    ? { ...next, numbers, vectors: { ...vectors, last: next.x }, x: vectors["best"], converged: true }
    : { ...next, numbers, vectors };
}

function machine(settings: PriorSettings, operator: LinearOperator): Machine {
  const { key, generator, coupling, optimizer, unit } = settings;
  const [forCodes, forParams] = key.split(2);
  const dtype = operator.dtype as "f32" | "f64";
  const first: Machine["first"] = ({ data: { device } }) => {
    const params = generator.init(forParams, { dtype, device });
    const average = zeros(operator.domain, { dtype, device });
    return {
      codes: generator.codes(forCodes, operator.domain, { dtype, device }),
      run: {
        params,
        buffers: optimizer.init(params).buffers,
        average,
        variance: zeros([], { dtype, device }),
        side: coupling.init(average),
      },
    };
  };
  const scale = 1 / unit ** 2;
  const step = (run: Run, codes: Tensor, data: Tensor, weight: Operand, ...numbers: Operand[]): Run => {
    const { value: image, pull } = vjp((p: GeneratorParams) => generator.apply(p, codes), run.params);
    const side = coupling.update(image, run.side);
    const term = coupling.pull(image, side);
    const fit = mul(operator.adjoint(sub(operator.apply(image), data)), scale);
    const [grads] = pull(term === null ? fit : add(fit, term));
    const { params, buffers } = optimizer.update(run.params, grads, run.buffers, numbers);
    const away = sub(image, run.average);
    // Exponentially weighted mean and variance in one pass (Finch 2009).
    const average = add(run.average, mul(away, weight));
    const grown = add(run.variance, mul(sum(square(away)), weight));
    const variance = sub(grown, mul(grown, weight));
    return { params, buffers, average, variance, side };
  };
  const keep = compile(step as never) as unknown as typeof step;
  const take = compile(step as never, { donate: [0] }) as unknown as typeof step;
  const example = first({ operator, data: zeros(operator.range, { dtype }) });
  const { spec } = treeFlatten(example.run as unknown as Tree);
  const paths = treeEntries(example.run as unknown as Tree).map(([path]) => path);
  return {
    spec,
    paths,
    first,
    image: compile((params: GeneratorParams, codes: Tensor) => generator.apply(params, codes)),
    step: (run, codes, data, weight, numbers, reuse) => (reuse ? take : keep)(run, codes, data, weight, ...numbers),
  };
}
