/** Tracing a function once and replaying its plan. */
import type { Backend, Storage } from "../backend/backend.ts";
import { config } from "../config.ts";
import { backendOf, defaultDevice } from "../device.ts";
import type { DType } from "../dtype.ts";
import { ArgumentError, checkOptions, DeviceError, DisposedError, TraceError } from "../errors.ts";
import { attachStorage, checkAlive, takeStorage } from "../graph/lifetime.ts";
import type { Plan } from "../graph/plan.ts";
import { realize, tracePlan } from "../graph/realize.ts";
import { emptyNode, isScalarNode, listening, numberPlaceholder, placeholderNode, whileTracing } from "../graph/record.ts";
import { copyNode } from "../ops/elementwise.ts";
import { showShape, type Shape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { specKey, treeFlatten, treeUnflatten, type Tree, type TreeSpec } from "../tree.ts";

/** Options of {@link compile}. */
export interface CompileOptions {
  /** Positions of arguments whose memory may be taken: they count as disposed after the call. */
  readonly donate?: readonly number[];
}

/** Argument of a compiled function: a tree of tensors, or a number, which inside is a scalar tensor. */
export type CompileArgument = Tree | number;

/** A tree as seen inside a compiled function: numbers are scalar tensors there. */
type Traced<A> = A extends number ? Tensor : A;

/** One traced signature. */
interface Entry {
  readonly plan: Plan;
  readonly backend: Backend;
  /** Per plan input: the number of the argument leaf, or the captured tensor. */
  readonly inputs: readonly (number | Tensor)[];
  /** Per plan scalar: the number of the argument leaf, or a constant. */
  readonly scalars: readonly { readonly leaf: number; readonly value: number }[];
  /** Per result: number of the plan's output, its shape and type. */
  readonly outputs: readonly { readonly from: number; readonly shape: Shape; readonly dtype: DType }[];
  readonly spec: TreeSpec;
}

/**
 * Makes a function that traces `f` once per structure, shapes and types of its arguments and then replays the plan:
 * well under a microsecond of overhead, one run for all results. Number arguments are parameters: changing them does not
 * trace again. Tensors that `f` captures keep the values they had when it was traced.
 *
 * Inside `f` values cannot be read. Donated arguments count as disposed afterwards, so that a loop like
 * `state = step(state)` runs in bounded memory.
 */
export function compile<A extends CompileArgument[], R extends Tree>(
  f: (...args: { [K in keyof A]: Traced<A[K]> }) => R,
  options: CompileOptions = {},
): (...args: A) => R {
  checkOptions("compile", options, ["donate"]);
  const donate = options.donate ?? [];
  for (const d of donate) {
    if (!Number.isInteger(d) || d < 0) {
      throw new ArgumentError(`compile: donate must list argument positions (got ${String(d)}).`);
    }
  }
  const entries = new Map<string, Entry>();
  return (...args) => {
    const leaves: (Tensor | number)[] = [];
    const owner: number[] = [];
    let key = config.precision;
    const specs = args.map((a, i): TreeSpec | null => {
      if (typeof a === "number") {
        leaves.push(a);
        owner.push(i);
        key += "#";
        return null;
      }
      const { leaves: own, spec } = treeFlatten(a);
      key += specKey(spec);
      for (const t of own) {
        checkAlive("compiled function", t);
        key += `${t.backend.name}${t.s.id}${t.dtype}`;
        leaves.push(t);
        owner.push(i);
      }
      return spec;
    });
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = trace(f as (...a: unknown[]) => Tree, specs, leaves);
      entries.set(key, entry);
    }
    return replay(entry, leaves, owner, donate) as R;
  };
}

function trace(
  f: (...args: unknown[]) => Tree,
  specs: readonly (TreeSpec | null)[],
  leaves: readonly (Tensor | number)[],
): Entry {
  const backend = leaves.find((x): x is Tensor => x instanceof Tensor)?.backend ?? backendOf(defaultDevice());
  const inside = leaves.map((x, i) => {
    if (typeof x === "number") return numberPlaceholder(i, backend);
    if (x.backend !== backend) {
      throw new DeviceError(`compile: arguments are on different devices (got ${x.device} and ${backend.name}).`);
    }
    return placeholderNode(i, x.s, x.dtype, backend);
  });
  let at = 0;
  const args = specs.map((spec) => {
    if (spec === null) return inside[at++];
    const count = countLeaves(spec);
    const tree = treeUnflatten(spec, inside.slice(at, at + count));
    at += count;
    return tree;
  });
  const recorded = new Set<Tensor>();
  const { results, spec } = whileTracing(() =>
    listening(
      (t) => recorded.add(t),
      () => {
        const { leaves: given, spec: own } = treeFlatten(f(...args));
        return { results: ownResults(given, backend), spec: own };
      },
    ),
  );
  realize(captured(results, recorded));
  const { plan, nodes } = tracePlan(backend, results);
  return {
    plan,
    backend,
    inputs: plan.leaves.map((p) => (nodes[p].placeholder >= 0 ? nodes[p].placeholder : nodes[p])),
    scalars: plan.scalars.map((p) => ({ leaf: nodes[p].placeholder, value: nodes[p].scalar })),
    outputs: results.map((t, from) => ({ from, shape: t.s, dtype: t.dtype })),
    spec,
  };
}

/** Every result gets memory of its own: arguments, captured tensors and repetitions are copied. */
function ownResults(given: readonly Tensor[], backend: Backend): Tensor[] {
  const seen = new Set<Tensor>();
  return given.map((t) => {
    if (t.backend !== backend) {
      throw new TraceError(`compile: a result is on another device (got ${t.device}, expected ${backend.name}).`);
    }
    const own = t.storage !== null || t.op.kind === "leaf" || seen.has(t) ? copyNode(t) : t;
    seen.add(own);
    return own;
  });
}

/** Unevaluated tensors from outside the traced function. */
function captured(results: readonly Tensor[], recorded: ReadonlySet<Tensor>): Tensor[] {
  const found: Tensor[] = [];
  const seen = new Set<Tensor>();
  const stack = [...results];
  while (stack.length > 0) {
    const t = stack.pop() as Tensor;
    if (seen.has(t) || t.storage !== null || t.placeholder >= 0 || isScalarNode(t)) continue;
    seen.add(t);
    if (recorded.has(t)) stack.push(...t.ins);
    else found.push(t);
  }
  return found;
}

function countLeaves(spec: TreeSpec): number {
  return spec.kind === "leaf" ? 1 : spec.items.reduce((n, s) => n + countLeaves(s), 0);
}

function replay(
  entry: Entry,
  leaves: readonly (Tensor | number)[],
  owner: readonly number[],
  donate: readonly number[],
): Tree {
  const { plan, backend } = entry;
  const pending = leaves.filter((x): x is Tensor => x instanceof Tensor && x.storage === null);
  if (pending.length > 0) realize(pending);
  const storages = new Array<Storage | null>(plan.slots).fill(null);
  for (let i = 0; i < entry.inputs.length; i++) {
    const input = entry.inputs[i];
    const x = typeof input === "number" ? (leaves[input] as Tensor) : input;
    if (x.storage === null) {
      throw new DisposedError(
        `compiled function: a captured tensor was disposed (got ${x.dtype}${showShape(x.shape)}). Pass it as an argument.`,
      );
    }
    storages[i] = x.storage;
  }
  const first = entry.inputs.length;
  for (let i = 0; i < plan.outputBytes.length; i++) storages[first + i] = backend.alloc(plan.outputBytes[i]);
  const scalars = entry.scalars.map((s) => (s.leaf >= 0 ? (leaves[s.leaf] as number) : s.value));
  plan.executable.run(storages, scalars);
  const results = entry.outputs.map(({ from, shape, dtype }) => {
    const out = emptyNode(shape, dtype, backend);
    attachStorage(out, storages[first + from] as Storage);
    return out;
  });
  for (let i = 0; i < leaves.length; i++) {
    const x = leaves[i];
    if (x instanceof Tensor && donate.includes(owner[i]) && !x.disposed) {
      const storage = takeStorage(x);
      if (storage !== null && !storage.freed) backend.free(storage);
    }
  }
  return treeUnflatten(entry.spec, results);
}
