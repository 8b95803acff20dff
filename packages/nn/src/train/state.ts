/** The state of a training run: plain numbers and trees of tensors, in memory and as a file. */
import type { Buffers, Optimizer } from "@ansatz/optim";
import { checkOptions, compile, disposeTree, FormatError, type Tree } from "@ansatz/tensor";
import { readSafetensors, writeSafetensors } from "@ansatz/tensor/io";
import { Key } from "@ansatz/tensor/random";
import { fill, named, type LoadOptions } from "../parameters.ts";

/** State of a training run between two steps. Together with the options of the run it determines everything after it. */
export interface TrainState<P extends Tree = Tree> {
  /** Number of steps taken. */
  readonly step: number;
  readonly params: P;
  /** What the optimiser keeps. */
  readonly buffers: Buffers;
  /** Moving average of the parameters, or null when there is none. */
  readonly average: P | null;
  /** Key of the run: the order of the examples and the keys of the loss follow from it and from the step. */
  readonly key: Key;
  /** Name of the optimiser. */
  readonly optimizer: string;
  /** Loss averaged over the last steps; NaN before the first. */
  readonly smoothedLoss: number;
  /** Sum of the weights in that average, which corrects its start. */
  readonly smoothedWeight: number;
}

/** Copies of tensors, as tensors of their own. */
const copies: (tree: Tree) => Tree = (tree) => compile((t: Tree) => t)(tree) as Tree;

/** State before the first step. The parameters are copied. */
export function startState<P extends Tree>(params: P, optimizer: Optimizer, key: Key, average: boolean): TrainState<P> {
  const { buffers } = optimizer.init(params);
  return {
    step: 0,
    params: copies(params) as P,
    buffers,
    average: average ? (copies(params) as P) : null,
    key,
    optimizer: optimizer.name,
    smoothedLoss: Number.NaN,
    smoothedWeight: 0,
  };
}

/** Disposes every tensor of a state. */
export function disposeTraining(state: TrainState): void {
  disposeTree(state.params);
  disposeTree(state.buffers);
  if (state.average !== null) disposeTree(state.average);
}

/** The trees of a state as one; absent ones are left out. */
function trees(state: Pick<TrainState, "params" | "buffers" | "average">): Record<string, Tree> {
  const { params, buffers, average } = state;
  return { params, buffers, ...(average === null ? {} : { average }) };
}

const FORMAT = "ansatz-training-1";

/**
 * The bytes of a safetensors file that holds a whole training state, exactly: a run that is resumed from it gives the same
 * bits as one that was not interrupted.
 */
export async function saveTraining(state: TrainState): Promise<Uint8Array> {
  const { step, key, optimizer, smoothedLoss, smoothedWeight } = state;
  const numbers = { step, key: [key.k0, key.k1], optimizer, smoothedLoss: String(smoothedLoss), smoothedWeight };
  return writeSafetensors(named("saveTraining", trees(state)), {
    metadata: { format: FORMAT, training: JSON.stringify(numbers) },
  });
}

/** What {@link loadTraining} needs to know beyond the file. */
export interface LoadTrainingOptions<P extends Tree> extends LoadOptions {
  /** A tree with the parameters' paths, shapes and data types; its values are not used. */
  readonly like: P;
  /** The optimiser of the run. */
  readonly optimizer: Optimizer;
}

/**
 * Reads what {@link saveTraining} wrote.
 * @throws FormatError when the file is no training state, or one of another network or optimiser; ShapeError and DTypeError
 *   when a tensor does not fit
 */
export function loadTraining<P extends Tree>(
  bytes: Uint8Array | ArrayBuffer,
  options: LoadTrainingOptions<P>,
): TrainState<P> {
  const name = "loadTraining";
  checkOptions(name, options, ["device", "like", "optimizer"]);
  const { like, optimizer, device } = options;
  const { tensors, metadata } = readSafetensors(bytes, { device });
  if (metadata["format"] !== FORMAT) {
    throw new FormatError(
      `${name}: the file is no training state (got format ${JSON.stringify(metadata["format"] ?? "none")}, expected "${FORMAT}"). ` +
        `Files of parameters alone are read with loadParameters().`,
    );
  }
  const { step, key, smoothedLoss, smoothedWeight, ...rest } = parse(name, metadata["training"]);
  if (rest.optimizer !== optimizer.name) {
    throw new FormatError(
      `${name}: the file belongs to another optimiser (got ${JSON.stringify(rest.optimizer)}, expected "${optimizer.name}").`,
    );
  }
  const averaged = Object.keys(tensors).some((path) => path === "average" || path.startsWith("average."));
  const wanted = trees({ params: like, buffers: optimizer.init(like).buffers, average: averaged ? like : null });
  const found = fill(name, tensors, wanted) as { params: P; buffers: Buffers; average?: P };
  return {
    step,
    params: found.params,
    buffers: found.buffers,
    average: found.average ?? null,
    key: new Key(key[0], key[1]),
    optimizer: optimizer.name,
    smoothedLoss: Number(smoothedLoss),
    smoothedWeight,
  };
}

interface Numbers {
  readonly step: number;
  readonly key: readonly [number, number];
  readonly optimizer: string;
  readonly smoothedLoss: string;
  readonly smoothedWeight: number;
}

function parse(name: string, text: string | undefined): Numbers {
  try {
    const numbers = JSON.parse(text ?? "") as Numbers;
    const { step, key, smoothedLoss, smoothedWeight } = numbers;
    const sound =
      Number.isSafeInteger(step) &&
      step >= 0 &&
      Array.isArray(key) &&
      key.length === 2 &&
      typeof smoothedLoss === "string" &&
      typeof smoothedWeight === "number";
    if (sound) return numbers;
  } catch {
    // Said below.
  }
  throw new FormatError(`${name}: the file's numbers cannot be read (got ${JSON.stringify(text)}).`);
}
