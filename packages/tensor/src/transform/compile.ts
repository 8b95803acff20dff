/** Tracing a function once and replaying its plan. */
import type { Backend, Storage } from "../backend/backend.ts";
import { backendOf, defaultDevice } from "../device.ts";
import { ArgumentError, checkOptions, requireFunction, show } from "../errors.ts";
import { addConsumers, attachStorage, checkAlive, disposeTensor, dropConsumer } from "../graph/lifetime.ts";
import { emptyNode, isTaping, isTracing, listening, openNumber } from "../graph/record.ts";
import type { Plan } from "../graph/plan.ts";
import { realize } from "../graph/realize.ts";
import type { Tensor } from "../tensor.ts";
import { treeFlatten, treeUnflatten, type Tree } from "../tree.ts";
import { fits, signatureOf, type Leaf, type Signature } from "./signature.ts";
import { findShares, type Shares } from "./inPlace.ts";
import { ownHandles } from "./tape.ts";
import { trace, type Trace } from "./trace.ts";

/** Options of {@link compile}. */
export interface CompileOptions {
  /** Positions of arguments whose memory may be taken: they count as disposed after the call. */
  readonly donate?: readonly number[];
}

/** Argument of a compiled function: a tree of tensors, or a number, which inside is a scalar tensor. */
export type CompileArgument = Tree | number;

/** A tree as seen inside a compiled function: numbers are scalar tensors there. */
type Traced<A> = A extends number ? Tensor : A;

/** One traced signature and the leaves that are donated. */
interface Entry {
  readonly signature: Signature;
  readonly trace: Trace;
  readonly donated: readonly number[];
  readonly shares: Shares;
}

const NO_SHARES: Shares = { pairs: [], intact: true };

/** Signatures kept per function, the latest used first. */
const CAPACITY = 64;

/** Gives back what the plans of a function hold, once the function itself is gone. */
const registry = /*@__PURE__*/ new FinalizationRegistry<Entry[]>((entries) => entries.forEach(release));

/**
 * Makes a function that traces `f` once per structure, shapes, types and device of its arguments (and precision and default
 * device) and then replays the plan: well under a microsecond of overhead, one run for all results. Numbers among the
 * arguments are parameters: changing them does not trace again. Inside `f` they are scalar tensors that adopt the data type
 * of the tensors they meet; arithmetic among numbers alone is done in f32.
 *
 * Tensors that `f` captures keep the values they had when it was traced, and stay in memory as long as the function.
 * Values cannot be read inside `f`. Every result has memory of its own. Donated arguments count as disposed afterwards, so
 * that a loop like `state = step(state)` runs in bounded memory; on the CPU results of elementwise operations take their
 * memory at once, which spares the processor's caches (when a run that does so fails, they can be lost). Inside other transforms (`grad`, `vjp`, `jvp`, `compile`)
 * the function is simply part of theirs.
 * @param f a synchronous function of trees of tensors (and scalar tensors for numbers) that returns a tree of tensors
 * @throws ArgumentError when the arguments or the result are no trees of tensors, or `donate` names no tensors;
 * TraceError when `f` reads values; DeviceError when devices are mixed; DisposedError for disposed arguments
 */
export function compile<A extends CompileArgument[], R extends Tree>(
  f: (...args: { [K in keyof A]: Traced<A[K]> }) => R,
  options: CompileOptions = {},
): (...args: A) => R {
  requireFunction("compile", f);
  checkOptions("compile", options, ["donate"]);
  const donate = checkDonate(options.donate ?? []);
  const untyped = f as (...args: unknown[]) => Tree;
  const entries: Entry[] = [];
  const compiled = (...args: A): R => {
    if (isTaping() || isTracing()) return inline(untyped, args) as R;
    const leaves: Leaf[] = [];
    const entry = find(entries, args, leaves) ?? add(entries, untyped, args, leaves, donate);
    return replay(entry, leaves) as R;
  };
  registry.register(compiled, entries);
  return compiled;
}

function checkDonate(donate: readonly number[]): readonly number[] {
  if (!Array.isArray(donate) || donate.some((d) => !Number.isInteger(d) || d < 0)) {
    throw new ArgumentError(
      `compile: donate must list positions of arguments (got ${show(donate)}, expected integers from 0 on).`,
    );
  }
  return donate;
}

/** The entry that fits the arguments, moved to the front. */
function find(entries: Entry[], args: readonly unknown[], leaves: Leaf[]): Entry | undefined {
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    if (!fits(entry.signature, args, leaves)) continue;
    if (i > 0) {
      entries.splice(i, 1);
      entries.unshift(entry);
    }
    return entry;
  }
  return undefined;
}

function add(
  entries: Entry[],
  f: (...args: unknown[]) => Tree,
  args: readonly unknown[],
  leaves: Leaf[],
  donate: readonly number[],
): Entry {
  leaves.length = 0;
  const signature = signatureOf(args, leaves);
  const donated = donate.flatMap((d) => {
    const spec = signature.specs[d];
    if (spec === undefined || spec === null) {
      const got = spec === null ? `the number ${show(args[d])}` : `${args.length} in all`;
      throw new ArgumentError(
        `compiled function: donated argument ${d} must be a tensor or a tree of tensors (got ${got}, counted from 0).`,
      );
    }
    return signature.owners.flatMap((owner, i) => (owner === d ? [i] : []));
  });
  for (const x of leaves) if (typeof x !== "number") checkAlive("compiled function", x);
  const { trace: traced, steps } = trace(f, signature);
  const given = new Set(donated);
  const slots = traced.inputs.flatMap((input, i) => (typeof input === "number" && given.has(input) ? [i] : []));
  const shares =
    steps === undefined || slots.length === 0
      ? NO_SHARES
      : findShares(steps, traced.inputs.length, traced.outputs.length, new Set(slots));
  const entry: Entry = { signature, trace: traced, donated, shares };
  addConsumers("compile", entry.trace.captured);
  entries.unshift(entry);
  if (entries.length > CAPACITY) release(entries.pop() as Entry);
  return entry;
}

function release({ trace: { plan, captured } }: Entry): void {
  plan.executable.release();
  for (const t of captured) dropConsumer(t);
}

/** Inside another transform: what `f` records becomes part of that. */
function inline(f: (...args: unknown[]) => Tree, args: readonly unknown[]): Tree {
  const leaves: Leaf[] = [];
  signatureOf(args, leaves);
  const backend = backendFor(leaves);
  const given = args.map((arg) => (typeof arg === "number" ? openNumber(arg, backend) : arg));
  const made = new Set<Tensor>();
  return listening(
    (t) => made.add(t),
    () => {
      const { leaves: results, spec } = treeFlatten(f(...given), "compile, result of the function");
      return treeUnflatten(spec, ownHandles(results, made));
    },
  );
}

function backendFor(leaves: readonly Leaf[]): Backend {
  for (const x of leaves) if (typeof x !== "number") return x.backend;
  return backendOf(defaultDevice());
}

/**
 * Lets outputs take the memory of donated arguments: of those that nobody else needs, now or later. Their storage is written
 * to the outputs' slots.
 * @returns for each output the argument whose memory it takes; null when there is none
 */
function share({ trace: { inputs, plan }, shares: { pairs } }: Entry, leaves: readonly Leaf[]): Tensor[] | null {
  if (pairs.length === 0) return null;
  const taken: Tensor[] = [];
  // A tensor that is passed twice counts twice, like one that has other consumers.
  for (const x of leaves) if (typeof x !== "number") x.pending++;
  for (const { input, output } of pairs) {
    const x = leaves[inputs[input] as number] as Tensor;
    if (x.pending > 1 || x.disposed || x.taped || x.cached) continue;
    taken[output] = x;
    plan.storages[inputs.length + output] = x.storage;
  }
  for (const x of leaves) if (typeof x !== "number") x.pending--;
  return taken;
}

/** The memory of a donated argument, from now on that of a result. */
function takeMemory(x: Tensor): Storage {
  const storage = x.storage as Storage;
  const own = { ...storage };
  // Whoever collects the argument finds nothing to give back.
  storage.freed = true;
  x.storage = null;
  return own;
}

/** Memory for the outputs that have none yet: all of it or none. @returns what was taken */
function allocate(backend: Backend, { storages, outputBytes }: Plan, first: number): Storage[] {
  const fresh: Storage[] = [];
  try {
    for (let i = 0; i < outputBytes.length; i++) {
      if (storages[first + i] === null) fresh.push((storages[first + i] = backend.alloc(outputBytes[i])));
    }
  } catch (error) {
    for (const storage of fresh) backend.free(storage);
    throw error;
  }
  return fresh;
}

function replay(entry: Entry, leaves: readonly Leaf[]): Tree {
  const { donated, shares } = entry;
  const { plan, backend, inputs, scalars, outputs, spec } = entry.trace;
  let pending: Tensor[] | null = null;
  for (let i = 0; i < leaves.length; i++) {
    const x = leaves[i];
    if (typeof x === "number") continue;
    if (x.disposed) checkAlive("compiled function", x);
    if (x.storage === null) (pending ??= []).push(x);
  }
  if (pending !== null) realize(pending, "compiled function");
  const { storages, values } = plan;
  const first = inputs.length;
  const results = new Array<Tensor>(outputs.length);
  try {
    for (let i = 0; i < first; i++) {
      const input = inputs[i];
      storages[i] = (typeof input === "number" ? (leaves[input] as Tensor) : input).storage;
    }
    for (let i = 0; i < scalars.length; i++) {
      const { leaf, value } = scalars[i];
      values[i] = leaf >= 0 ? (leaves[leaf] as number) : value;
    }
    const taken = share(entry, leaves);
    const fresh = allocate(backend, plan, first);
    try {
      plan.executable.run(storages, values);
    } catch (error) {
      for (const storage of fresh) backend.free(storage);
      // Values that may have been overwritten must not be seen.
      if (!shares.intact) taken?.forEach(disposeTensor);
      throw error;
    }
    for (let i = 0; i < outputs.length; i++) {
      const from = taken?.[i];
      const storage = from === undefined ? storages[first + i] : takeMemory(from);
      if (storage === null) continue;
      results[i] = emptyNode(outputs[i].shape, outputs[i].dtype, backend);
      attachStorage(results[i], storage);
    }
  } finally {
    for (let i = 0; i < first + outputs.length; i++) storages[i] = null;
  }
  for (let i = 0; i < donated.length; i++) disposeTensor(leaves[donated[i]] as Tensor);
  return spec.kind === "leaf" ? results[0] : treeUnflatten(spec, results);
}
