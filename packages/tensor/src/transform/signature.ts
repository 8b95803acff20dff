/** The signature that a compiled function was traced for, and the quick test whether arguments have it. */
import type { Backend } from "../backend/backend.ts";
import { config } from "../config.ts";
import { defaultDevice } from "../device.ts";
import type { DType } from "../dtype.ts";
import type { Shape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { treeFlatten, type TreeSpec } from "../tree.ts";

/** What a trace depends on. */
export interface Signature {
  /** Structure of each argument; null for a number. */
  readonly specs: readonly (TreeSpec | null)[];
  /** Shape, type and device of each tensor, in order; null for a number. */
  readonly leaves: readonly ({ readonly shape: Shape; readonly dtype: DType; readonly backend: Backend } | null)[];
  /** Number of the argument that each leaf belongs to. */
  readonly owners: readonly number[];
  readonly precision: string;
  /** Where the function creates tensors. */
  readonly device: string;
}

/** Leaves of a call: tensors, and the numbers among the arguments. */
export type Leaf = Tensor | number;

/** The signature of a call's arguments, whose leaves are appended to `leaves`. @throws ArgumentError for other arguments */
export function signatureOf(args: readonly unknown[], leaves: Leaf[]): Signature {
  const owners: number[] = [];
  const specs = args.map((arg, i) => {
    const flat = typeof arg === "number" ? null : treeFlatten(arg as Tensor, `compiled function, argument ${i + 1}`);
    for (const leaf of flat?.leaves ?? [arg as number]) {
      leaves.push(leaf);
      owners.push(i);
    }
    return flat?.spec ?? null;
  });
  return {
    specs,
    leaves: leaves.map((x) => (typeof x === "number" ? null : { shape: x.s, dtype: x.dtype, backend: x.backend })),
    owners,
    precision: config.precision,
    device: defaultDevice(),
  };
}

/** Whether arguments have a signature; if so, their leaves are left in `leaves`. */
export function fits(signature: Signature, args: readonly unknown[], leaves: Leaf[]): boolean {
  const { specs, leaves: expected } = signature;
  leaves.length = 0;
  if (
    args.length !== specs.length ||
    config.precision !== signature.precision ||
    defaultDevice() !== signature.device
  ) {
    return false;
  }
  for (let i = 0; i < args.length; i++) {
    const spec = specs[i];
    const arg = args[i];
    if (spec !== null) {
      if (!collect(spec, arg, leaves)) return false;
    } else {
      if (typeof arg !== "number") return false;
      leaves.push(arg);
    }
  }
  for (let i = 0; i < leaves.length; i++) {
    const x = leaves[i];
    const e = expected[i];
    if (typeof x === "number" || e === null) continue;
    if (x.s !== e.shape || x.dtype !== e.dtype || x.backend !== e.backend) return false;
  }
  return true;
}

/** Appends the leaves of a tree that has the given structure; false when it has another. */
function collect(spec: TreeSpec, x: unknown, leaves: Leaf[]): boolean {
  if (spec.kind === "leaf") {
    if (!(x instanceof Tensor)) return false;
    leaves.push(x);
    return true;
  }
  if (x === null || typeof x !== "object") return false;
  const { items } = spec;
  if (spec.kind === "array") {
    if (!Array.isArray(x) || x.length !== items.length) return false;
    for (let i = 0; i < items.length; i++) if (!collect(items[i], x[i], leaves)) return false;
    return true;
  }
  // Tensors and arrays have other keys than any plain object that was accepted, or fail at the first of them.
  const keys = Object.keys(x);
  if (x instanceof Tensor || Array.isArray(x) || keys.length !== items.length) return false;
  for (let i = 0; i < items.length; i++) {
    if (keys[i] !== spec.keys[i] || !collect(items[i], (x as Record<string, unknown>)[keys[i]], leaves)) return false;
  }
  return true;
}
