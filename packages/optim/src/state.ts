/** States as files. */
import {
  checkOptions,
  DTypeError,
  FormatError,
  ShapeError,
  showShape,
  treeEntries,
  treeFlatten,
  treeUnflatten,
  type Tree,
} from "@ansatz/tensor";
import { readSafetensors, writeSafetensors } from "@ansatz/tensor/io";
import type { Buffers, Optimizer, OptimizerState } from "./base.ts";

const FORMAT = "ansatz-optimizer-1";

/**
 * The bytes of a safetensors file with a state: buffers under their paths, step count and the method's name as metadata.
 * Exact: steps from the state that {@link loadState} reads give the same bits.
 */
export async function saveState(method: Pick<Optimizer, "name">, state: OptimizerState): Promise<Uint8Array> {
  return writeSafetensors(Object.fromEntries(treeEntries(state.buffers as Tree)), {
    metadata: { format: FORMAT, optimizer: method.name, step: String(state.step) },
  });
}

/** Options of {@link loadState}. */
export interface LoadStateOptions {
  /** Where the tensors are put; the default device when left out. */
  readonly device?: string;
}

/**
 * Reads what {@link saveState} wrote.
 * @param params the parameters that the state is for; their values are not used
 * @throws FormatError when the file is no such file, or belongs to another method or other parameters; ShapeError and
 *   DTypeError when a buffer does not fit
 */
export function loadState(
  method: Pick<Optimizer, "name" | "init">,
  params: Tree,
  bytes: Uint8Array | ArrayBuffer,
  options: LoadStateOptions = {},
): OptimizerState {
  const name = "loadState";
  checkOptions(name, options, ["device"]);
  const { tensors, metadata } = readSafetensors(bytes, options);
  if (metadata["format"] !== FORMAT) {
    throw new FormatError(
      `${name}: the file holds no state (got format ${JSON.stringify(metadata["format"] ?? "none")}, expected "${FORMAT}").`,
    );
  }
  if (metadata["optimizer"] !== method.name) {
    throw new FormatError(
      `${name}: the state belongs to another method (got ${JSON.stringify(metadata["optimizer"])}, expected "${method.name}").`,
    );
  }
  const step = Number(metadata["step"]);
  if (!(Number.isSafeInteger(step) && step >= 0)) {
    throw new FormatError(`${name}: the step count is no count (got ${JSON.stringify(metadata["step"])}).`);
  }
  const like = method.init(params).buffers as Tree;
  const wanted = treeEntries(like);
  const paths = new Set(wanted.map(([path]) => path));
  const odd = [
    ...wanted.filter(([path]) => !Object.hasOwn(tensors, path)).map(([path]) => `no ${path}`),
    ...Object.keys(tensors).filter((path) => !paths.has(path)),
  ];
  if (odd.length > 0) {
    throw new FormatError(`${name}: the state is for other parameters (got ${odd.slice(0, 4).join(", ")}).`);
  }
  const leaves = wanted.map(([path, t]) => {
    const found = tensors[path];
    if (found.ndim !== t.ndim || found.shape.some((n, d) => n !== t.shape[d])) {
      throw new ShapeError(
        `${name}: ${path} has another shape (got ${showShape(found.shape)}, expected ${showShape(t.shape)}).`,
      );
    }
    if (found.dtype !== t.dtype) {
      throw new DTypeError(`${name}: ${path} has another data type (got ${found.dtype}, expected ${t.dtype}).`);
    }
    return found;
  });
  return { step, buffers: treeUnflatten(treeFlatten(like).spec, leaves) as Buffers };
}
