/** Recording: every operation of the library ends up here and becomes one node. */
import type { Backend, Storage } from "../backend/backend.ts";
import { config } from "../config.ts";
import { backendOf, defaultDevice } from "../device.ts";
import { dtypeInfo, type DType } from "../dtype.ts";
import type { Shape } from "../shape.ts";
import { SCALAR_SHAPE } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { addConsumers, attachStorage, checkAlive } from "./lifetime.ts";
import { halves } from "./halves.ts";
import { defineOp, type Attr, type LeafOp, type Op, type ScalarOp } from "./op.ts";
import { deviceMismatch, realize } from "./realize.ts";

/** Chains longer than this are evaluated. */
const MAX_DEPTH = 256;
/** Results that would occupy more than this until they are evaluated are evaluated. */
const MAX_WEIGHT: Record<string, number> = { webgpu: 256 * 2 ** 20 };
const DEFAULT_MAX_WEIGHT = 64 * 2 ** 20;

export const LEAF: LeafOp = /*@__PURE__*/ defineOp<LeafOp>({ kind: "leaf", name: "leaf" });
const SCALAR: ScalarOp = /*@__PURE__*/ defineOp<ScalarOp>({ kind: "scalar", name: "scalar" });

/** Called with every recorded node while a transform or a scope is active. */
const listeners: ((t: Tensor) => void)[] = [];
let taping = 0;
/** Above 0 inside `compile`, where nothing can be evaluated. */
let tracing = 0;

/** Records one operation. */
export function record<D extends DType>(
  op: Op,
  ins: readonly Tensor[],
  shape: Shape,
  dtype: D,
  attr: Attr | null,
  device?: Backend,
): Tensor<D> {
  let backend = device;
  let depth = 0;
  let weight = 0;
  let half = dtype === "f16";
  for (let i = 0; i < ins.length; i++) {
    const t = ins[i];
    if (t.dtype === "f16") half = true;
    if (t.op !== SCALAR) {
      if (backend === undefined) backend = t.backend;
      else if (t.backend !== backend) throw deviceMismatch(op.name, ins.find((x) => x.backend === backend) ?? t, t);
    }
    if (t.depth > depth) depth = t.depth;
    if (t.weight > weight) weight = t.weight;
  }
  if (backend === undefined) backend = ins.length > 0 ? ins[0].backend : backendOf(defaultDevice());
  for (let i = 0; i < ins.length; i++) {
    if (ins[i].backend !== backend) {
      ins = numbersOn(backend, op.name, ins);
      break;
    }
  }
  if (half && halves.rules !== null && op.packs !== true) {
    return halves.rules.record(op, ins, shape, dtype, attr, backend) as Tensor<D>;
  }
  addConsumers(op.name, ins);
  const node = new Tensor(op, ins, shape, dtype, attr, backend, depth + 1, 0);
  if (op.kind === "routine" || op.kind === "reduce" || op.kind === "assemble") {
    weight += shape.size * dtypeInfo(dtype).bytes;
  }
  node.weight = weight;
  if (listeners.length > 0) for (const f of listeners) f(node);
  if (taping > 0) {
    node.taped = true;
    node.inner = true;
    if (config.eager && tracing === 0) realize([node]);
  } else if (
    tracing === 0 &&
    (config.eager || node.depth >= MAX_DEPTH || weight > (MAX_WEIGHT[backend.name] ?? DEFAULT_MAX_WEIGHT))
  ) {
    realize([node]);
  }
  return node;
}

/** Numbers move between devices silently: as parameters they need no memory. */
function numbersOn(backend: Backend, name: string, ins: readonly Tensor[]): readonly Tensor[] {
  return ins.map((t) => {
    if (t.op !== SCALAR || t.backend === backend) return t;
    checkAlive(name, t);
    const moved = scalarNode(t.scalar, t.dtype, backend);
    moved.placeholder = t.placeholder;
    return moved;
  });
}

/** A number as a node: its value is a parameter of the kernels that use it. */
export function scalarNode<D extends DType>(value: number, dtype: D, backend?: Backend): Tensor<D> {
  return new Tensor(SCALAR, [], SCALAR_SHAPE, dtype, null, backend ?? backendOf(defaultDevice()), 0, value);
}

/** Whether a tensor is a bare number. */
export function isScalarNode(t: Tensor): boolean {
  return t.op === SCALAR;
}

/** A node with values. */
export function leafNode<D extends DType>(storage: Storage, shape: Shape, dtype: D): Tensor<D> {
  const t = new Tensor(LEAF, [], shape, dtype, null, storage.backend, 0, 0);
  attachStorage(t, storage);
  for (const f of listeners) f(t);
  return t;
}

/** A node that stands for a value to be handed in later. */
export function placeholderNode<D extends DType>(number: number, shape: Shape, dtype: D, backend: Backend): Tensor<D> {
  const t = new Tensor(LEAF, [], shape, dtype, null, backend, 0, 0);
  t.placeholder = number;
  return t;
}

/** A number to be handed in later; like every number it adopts the data type of the tensors it meets. */
export function numberPlaceholder(number: number, backend: Backend): Tensor {
  const t = scalarNode(0, "f32", backend);
  t.placeholder = number;
  return t;
}

/** `placeholder` of a number whose value is known but whose data type is open. */
const OPEN = -2;

/** A number that adopts the data type of the tensors it meets, as a tensor. */
export function openNumber(value: number, backend: Backend): Tensor {
  const t = scalarNode(value, "f32", backend);
  t.placeholder = OPEN;
  return t;
}

/** Whether a tensor is a number whose data type is still open. */
export function isOpenNumber(t: Tensor): boolean {
  return t.op === SCALAR && t.placeholder !== -1;
}

/** An open number as a given data type. */
export function closeNumber<D extends DType>(t: Tensor, dtype: D): Tensor<D> {
  const node = scalarNode(t.scalar, dtype, t.backend);
  node.placeholder = t.placeholder === OPEN ? -1 : t.placeholder;
  return node;
}

/** A node whose values the caller attaches. */
export function emptyNode<D extends DType>(shape: Shape, dtype: D, backend: Backend): Tensor<D> {
  const t = new Tensor(LEAF, [], shape, dtype, null, backend, 0, 0);
  for (const f of listeners) f(t);
  return t;
}

/** Tells `listener` every node from now on. @returns stops */
export function listen(listener: (t: Tensor) => void): () => void {
  listeners.push(listener);
  return () => void listeners.splice(listeners.lastIndexOf(listener), 1);
}

/** Runs `fn`, telling `listener` every node it records. */
export function listening<T>(listener: (t: Tensor) => void, fn: () => T): T {
  const stop = listen(listener);
  try {
    return fn();
  } finally {
    stop();
  }
}

/** Runs `fn`; nodes recorded meanwhile keep their inputs after evaluation. */
export function whileTaping<T>(fn: () => T): T {
  taping++;
  try {
    return fn();
  } finally {
    taping--;
  }
}

/** Whether nothing can be evaluated now, because a function is being compiled. */
export function isTracing(): boolean {
  return tracing > 0;
}

/** Whether an enclosing transform still needs the nodes recorded now. */
export function isTaping(): boolean {
  return taping > 0;
}

/** Runs `fn`; nothing recorded meanwhile is evaluated. */
export function whileTracing<T>(fn: () => T): T {
  tracing++;
  try {
    return fn();
  } finally {
    tracing--;
  }
}
