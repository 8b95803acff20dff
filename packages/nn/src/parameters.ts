/** Parameters as files: safetensors with one tensor per path. */
import {
  ArgumentError,
  astype,
  checkOptions,
  DTypeError,
  FormatError,
  ShapeError,
  showShape,
  treeEntries,
  treeFlatten,
  treeLeaves,
  treeUnflatten,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import { readSafetensors, writeSafetensors } from "@ansatz/tensor/io";

/** Number of scalars in a tree. */
export function parameterCount(params: Tree): number {
  return treeLeaves(params).reduce((count, t) => count + t.size, 0);
}

/** Options of {@link saveParameters}. */
export interface SaveOptions {
  /** Free text to keep in the file. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** `"f16"` stores floats in half precision: half the size, 11 significant bits. */
  readonly storage?: "f16";
}

/**
 * The bytes of a safetensors file with every tensor of a tree under its path, such as `down.0.blocks.1.conv1.weight`.
 * @throws ArgumentError when two tensors have one path, or with `storage: "f16"` for a number that half precision cannot
 *   hold
 */
export async function saveParameters(params: Tree, options: SaveOptions = {}): Promise<Uint8Array> {
  checkOptions("saveParameters", options, ["metadata", "storage"]);
  return writeSafetensors(named("saveParameters", params), options);
}

/** Tensors by path. */
export function named(name: string, tree: Tree): Record<string, Tensor> {
  const entries = treeEntries(tree);
  const seen = new Set<string>();
  for (const [path] of entries) {
    if (seen.has(path)) {
      throw new ArgumentError(
        `${name}: two tensors have one path (got ${JSON.stringify(path)} twice). Avoid dots in names.`,
      );
    }
    seen.add(path);
  }
  return Object.fromEntries(entries);
}

/** Options of {@link loadParameters}. */
export interface LoadOptions {
  /** Where the tensors are put; the default device when left out. */
  readonly device?: string;
}

/** What {@link loadParameters} finds. */
export interface LoadedParameters<P> {
  readonly params: P;
  /** Free text of the file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads what {@link saveParameters} wrote into a tree of known structure.
 * @param like a tree with the expected paths, shapes and data types; its values are not used, so fresh, unevaluated
 *   parameters will do: `loadParameters(bytes, net.init(key(0)))`
 * @throws FormatError when the file is no safetensors file, or lacks tensors or has others
 * @throws ShapeError, DTypeError when a tensor has another shape, or values that the expected type cannot hold
 */
export function loadParameters<P extends Tree>(
  bytes: Uint8Array | ArrayBuffer,
  like: P,
  options: LoadOptions = {},
): LoadedParameters<P> {
  checkOptions("loadParameters", options, ["device"]);
  const { tensors, metadata } = readSafetensors(bytes, options);
  return { params: fill("loadParameters", tensors, like), metadata };
}

/** Puts named tensors into the structure of `like`. */
export function fill<P extends Tree>(name: string, tensors: Readonly<Record<string, Tensor>>, like: P): P {
  const wanted = named(name, like);
  const missing = Object.keys(wanted).filter((path) => !Object.hasOwn(tensors, path));
  const extra = Object.keys(tensors).filter((path) => !Object.hasOwn(wanted, path));
  if (missing.length > 0 || extra.length > 0) {
    throw new FormatError(
      `${name}: the file holds other parameters (missing: ${list(missing)}; not expected: ${list(extra)}). ` +
        `Was it saved by a network with other options?`,
    );
  }
  const leaves = Object.entries(wanted).map(([path, t]) => fitted(name, path, tensors[path], t));
  return treeUnflatten(treeFlatten(like).spec, leaves) as P;
}

function fitted(name: string, path: string, found: Tensor, wanted: Tensor): Tensor {
  if (found.ndim !== wanted.ndim || found.shape.some((n, d) => n !== wanted.shape[d])) {
    throw new ShapeError(
      `${name}: ${path} has another shape (got ${showShape(found.shape)}, expected ${showShape(wanted.shape)}).`,
    );
  }
  if (found.dtype === wanted.dtype) return found;
  if (found.dtype === "f32" && wanted.dtype === "f64") return astype(found, "f64");
  throw new DTypeError(
    `${name}: ${path} has another data type (got ${found.dtype}, expected ${wanted.dtype}). Convert the file, or ask for that type.`,
  );
}

function list(paths: readonly string[]): string {
  if (paths.length === 0) return "none";
  return paths.length > 4 ? `${paths.slice(0, 4).join(", ")} and ${paths.length - 4} more` : paths.join(", ");
}
