/** Calls with a gradient rule of their own, see `link.ts`. */
import { defineOp, type RoutineOp } from "../graph/op.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { record } from "../graph/record.ts";
import { zerosLike } from "../ops/create.ts";
import { aliasOf } from "../ops/views.ts";
import { SCALAR_SHAPE } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { setLink } from "./link.ts";

/** A call with a gradient rule of its own. */
export interface CustomCall {
  /** At least one. */
  readonly args: readonly Tensor[];
  readonly values: readonly Tensor[];
  /** The gradients of the arguments from those of the values; null where none flows. */
  readonly backward: (cotangents: readonly Tensor[]) => readonly (Tensor | null)[];
}

const calls = new WeakMap<Tensor, CustomCall>();

/** The call that a hub stands for; undefined for routines with several outputs. */
export function callOf(hub: Tensor): CustomCall | undefined {
  return calls.get(hub);
}

/** The values of a call as tensors that follow its rule. */
export function recordCall(call: CustomCall): Tensor[] {
  const name = "customVjp";
  const op = defineOp<RoutineOp>({
    kind: "routine",
    name,
    schedule: lowerRoutine,
    routine: { name, js: () => {} },
    strided: [],
    vjpAll: (cotangents) => call.backward(call.values.map((v, i) => cotangents[i + 1] ?? zerosLike(v))),
  });
  const hub = record(op, call.args, SCALAR_SHAPE, "f32", null);
  calls.set(hub, call);
  return call.values.map((v, i) => {
    const linked = aliasOf(v);
    setLink(linked, { hub, index: i + 1 });
    // Once evaluated, what the caller holds must not keep the call alive.
    return aliasOf(linked);
  });
}
