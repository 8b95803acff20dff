/** One run of a function on placeholders, and the plan that computes its results. */
import type { Backend, PlanSpec } from "../backend/backend.ts";
import { backendOf, defaultDevice } from "../device.ts";
import type { DType } from "../dtype.ts";
import { DeviceError } from "../errors.ts";
import { checkAlive, retireUnused } from "../graph/lifetime.ts";
import type { Plan } from "../graph/plan.ts";
import { realize, tracePlan } from "../graph/realize.ts";
import { isScalarNode, listening, numberPlaceholder, placeholderNode, whileTracing } from "../graph/record.ts";
import { copyNode } from "../ops/elementwise.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { countLeaves, treeFlatten, treeUnflatten, type Tree, type TreeSpec } from "../tree.ts";
import type { Signature } from "./signature.ts";

/** A traced function. */
export interface Trace {
  readonly plan: Plan;
  readonly backend: Backend;
  /** Per plan input: the number of the argument leaf, or the captured tensor. */
  readonly inputs: readonly (number | Tensor)[];
  /** The captured tensors among the inputs. */
  readonly captured: readonly Tensor[];
  /** Per plan scalar: the number of the argument leaf, or -1 and a constant. */
  readonly scalars: readonly { readonly leaf: number; readonly value: number }[];
  /** Per result, in the order of the plan's outputs. */
  readonly outputs: readonly { readonly shape: Shape; readonly dtype: DType }[];
  /** Structure of the result. */
  readonly spec: TreeSpec;
}

/** A traced function with the steps of its plan, where the device keeps memory that kernels address freely. */
export interface Traced {
  readonly trace: Trace;
  readonly steps: PlanSpec | undefined;
}

/** Traces `f` for arguments of a signature. */
export function trace(f: (...args: unknown[]) => Tree, signature: Signature): Traced {
  const backend = signature.leaves.find((x) => x !== null)?.backend ?? backendOf(defaultDevice());
  const args = placeholders(signature, backend);
  const made = new Set<Tensor>();
  try {
    const { results, spec } = whileTracing(() =>
      listening(
        (t) => made.add(t),
        () => {
          const { leaves: given, spec: own } = treeFlatten(f(...args), "compile, result of the function");
          return { results: ownResults(given, made, backend), spec: own };
        },
      ),
    );
    realize(pendingOutside(results, made), "compile");
    let steps: PlanSpec | undefined;
    const watched: Backend =
      backend.name === "webgpu"
        ? backend
        : { ...backend, compile: (compiled: PlanSpec) => backend.compile((steps = compiled)) };
    const { plan, nodes } = tracePlan(watched, results);
    const inputs = plan.leaves.map((p) => (nodes[p].placeholder >= 0 ? nodes[p].placeholder : nodes[p]));
    const traced: Trace = {
      plan,
      backend,
      inputs,
      captured: inputs.filter((x): x is Tensor => typeof x !== "number"),
      scalars: plan.scalars.map((p) => ({ leaf: nodes[p].placeholder, value: nodes[p].scalar })),
      outputs: results.map((t) => ({ shape: t.s, dtype: t.dtype })),
      spec,
    };
    return { trace: traced, steps };
  } finally {
    // The traced nodes are never evaluated: they have no claims on what they captured.
    for (const t of made) retireUnused(t);
  }
}

function placeholders({ specs, leaves }: Signature, backend: Backend): unknown[] {
  const inside = leaves.map((x, i) => {
    if (x === null) return numberPlaceholder(i, backend);
    if (x.backend !== backend) {
      throw new DeviceError(
        `compile: arguments are on different devices (got ${x.backend.name} and ${backend.name}, expected one). Move one with to(x, device).`,
      );
    }
    return placeholderNode(i, x.shape, x.dtype, backend);
  });
  let at = 0;
  return specs.map((spec) =>
    spec === null ? inside[at++] : treeUnflatten(spec, inside.slice(at, (at += countLeaves(spec)))),
  );
}

/** Every result gets memory of its own: arguments, captured tensors and repetitions are copied. */
function ownResults(given: readonly Tensor[], made: ReadonlySet<Tensor>, backend: Backend): Tensor[] {
  const seen = new Set<Tensor>();
  return given.map((t) => {
    checkAlive("compile", t);
    if (t.backend !== backend) {
      throw new DeviceError(
        `compile: a result is on another device than the arguments (got ${t.device}, expected ${backend.name}).`,
      );
    }
    const own = made.has(t) ? t.storage === null && t.op.kind !== "leaf" : isScalarNode(t) && t.storage === null;
    const result = own && !seen.has(t) ? t : copyNode(t);
    seen.add(result);
    return result;
  });
}

/** Tensors without values from outside the traced function. */
function pendingOutside(results: readonly Tensor[], made: ReadonlySet<Tensor>): Tensor[] {
  const found: Tensor[] = [];
  const seen = new Set<Tensor>();
  const stack = [...results];
  while (stack.length > 0) {
    const t = stack.pop() as Tensor;
    if (seen.has(t) || t.storage !== null || t.placeholder >= 0 || isScalarNode(t)) continue;
    seen.add(t);
    if (made.has(t)) for (const input of t.ins) stack.push(input);
    else found.push(t);
  }
  return found;
}
