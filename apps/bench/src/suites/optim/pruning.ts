/** Removing weights of the race's network: by size, and by curvature. */
import { adam, pruneWeights, ravel, unravel, type PruneOptions } from "@ansatz/optim";
import { disposeTree, distinctCitations, scope, stack, type Citation, type Tensor, type Tree } from "@ansatz/tensor";
import { randint, type Key } from "@ansatz/tensor/random";
import { checkSignal } from "../../cli/io.ts";
import { loadDigits } from "../../data/digits.ts";
import type { RaceContext } from "./race.ts";
import { evaluate, examples, gradientOn, runner, type Examples } from "./raceNetwork.ts";

/** How much is trained, and what is removed. */
export interface PruningSettings {
  /** Steps of Adam before. */
  readonly steps: number;
  /** Shares of the weights that are removed, increasing. */
  readonly sparsities: readonly number[];
  /** Gradients behind the Fisher matrix, and pictures behind each. */
  readonly gradients: number;
  readonly batchSize: number;
  readonly damping: number;
}

/** What `bench optim` does. */
export const PRUNING_SETTINGS: PruningSettings = {
  steps: 800,
  sparsities: [0.3, 0.5, 0.6, 0.7, 0.8, 0.9],
  gradients: 128,
  batchSize: 8,
  damping: 1e-4,
};

/** Axes of its curves. */
export const PRUNING_AXES = { x: "share of the weights that is left, %", y: "held-back loss" } as const;

/** What is left after pruning. */
export interface PrunedPoint {
  readonly sparsity: number;
  readonly loss: number;
  readonly accuracy: number;
}

/** The smallest weights; M-FAC with the authors' update, with the exact one, and from one sparsity to the next with new gradients. */
export const PRUNING_METHODS = ["magnitude", "independent", "joint", "gradual"] as const;

/** One of them. */
export type PruningMethod = (typeof PRUNING_METHODS)[number];

/** How a method did. */
export interface PruningResult {
  readonly name: PruningMethod;
  readonly label: string;
  readonly points: readonly PrunedPoint[];
  readonly seconds: number;
}

/** All methods, on one trained network. */
export interface PruningFindings {
  /** Before anything is removed. */
  readonly whole: Omit<PrunedPoint, "sparsity">;
  readonly weights: number;
  readonly results: readonly PruningResult[];
  readonly citations: readonly Citation[];
}

/** Gradients of the loss on small batches, one per row; the batches are the same whatever the weights. */
function gradientsAt(
  like: Tree,
  data: Examples,
  { gradients, batchSize }: PruningSettings,
  draws: Key,
): (weights: Tensor) => Tensor {
  return (weights) =>
    scope(() => {
      const params = unravel(weights, like);
      const rows = Array.from({ length: gradients }, (_, k) => {
        const indices = randint(draws.fold(k), [batchSize], 0, data.count, { device: data.images.device }) as Tensor;
        return ravel(gradientOn(params, data, indices)).eval();
      });
      return stack(rows);
    });
}

/** Trains the network, prunes it to every sparsity and looks at held-back digits. */
export async function pruning(
  { device, key, signal, report }: RaceContext,
  settings: PruningSettings,
  only: readonly PruningMethod[] = PRUNING_METHODS,
): Promise<PruningFindings> {
  const { train, heldBack } = loadDigits();
  const data = examples(train, device, () => true);
  const test = examples(heldBack, device, () => true);
  report(`training, ${settings.steps} steps`);
  const run = runner(adam({ learningRate: 3e-3 }), data, key.fold(2000), 64);
  await run.advance(settings.steps);
  const like = run.params();
  const weights = scope(() => ravel(like)).eval();
  const gradients = gradientsAt(like, data, settings, key.fold(2001));
  const rows = gradients(weights);
  const { damping } = settings;
  const methods: readonly [name: PruningMethod, label: string, how: Partial<PruneOptions>][] = [
    ["magnitude", "smallest weights", { strategy: "magnitude" }],
    ["independent", "M-FAC, each weight for itself", { strategy: "independent", gradients: rows, damping }],
    ["joint", "M-FAC, all at once", { strategy: "joint", gradients: rows, damping }],
    ["gradual", "M-FAC, little by little", { strategy: "joint", gradients, damping }],
  ];
  const results: PruningResult[] = [];
  const citations: Citation[] = [];
  try {
    for (const [name, label, how] of methods.filter((method) => only.includes(method[0]))) {
      const points: PrunedPoint[] = [];
      const begun = performance.now();
      let left: Tensor = weights;
      for (const sparsity of settings.sparsities) {
        checkSignal(signal);
        report(`${label}, ${(100 * sparsity).toFixed(0)} % removed`);
        const pruned = await pruneWeights({ weights: name === "gradual" ? left : weights, sparsity, ...how });
        const params = scope(() => unravel(pruned.weights, like));
        points.push({ sparsity, ...(await evaluate(params, test)) });
        disposeTree(params as never);
        if (left !== weights) left.dispose();
        left = pruned.weights;
        citations.push(...pruned.citations);
      }
      if (left !== weights) left.dispose();
      results.push({ name, label, points, seconds: (performance.now() - begun) / 1000 });
    }
    const whole = await evaluate(like, test);
    return { whole, weights: weights.size, results, citations: distinctCitations(citations) };
  } finally {
    run.release();
    for (const t of [weights, rows, data.images, data.labels, test.images, test.labels]) t.dispose();
  }
}
