/** Tensors of halves in memory, two in a word, and everything that is recorded about them. */
import { placementAt, withLoops, type Draft } from "../graph/draft.ts";
import { combine, constant, type Affine } from "../graph/index.ts";
import { KernelBuilder } from "../graph/lower.ts";
import { defineOp, internAttr, type AssembleAttr, type AssembleOp, type Op, type TakeOp } from "../graph/op.ts";
import { checkAlive } from "../graph/lifetime.ts";
import { closeNumber, isScalarNode, isTaping, record } from "../graph/record.ts";
import type { Expr } from "../kernel/expr.ts";
import type { Store } from "../kernel/kernel.ts";
import { cast } from "../ops/elementwise.ts";
import { reshapeTo } from "../ops/views.ts";
import { internShape, stridesOf, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { fromBits, toBits } from "./bits.ts";

/** Loads a word and takes one half of it, wherever the index leads. */
function unpackedValue(k: KernelBuilder, node: Tensor, index: readonly Affine[]): Expr {
  const { b } = k;
  const [x] = node.ins;
  const at = k.iota(combine(k.loops.length, 0, index, stridesOf(x.shape)));
  const access = k.access(k.placement.slotFor(x), "u32", "load", constant(k.loops.length, 0));
  const word = b.load("u32", access, b.shr(at, 1));
  const shift = b.convert("u32", b.shl(b.and(at, b.const("i32", 1)), 4));
  return fromBits(b, b.and(b.binary("shr", word, shift), b.const("u32", 0xffff)));
}

const UNPACK: TakeOp = /*@__PURE__*/ defineOp<TakeOp>({
  kind: "take",
  name: "unpackHalves",
  packs: true,
  value: unpackedValue,
  vjp: [(g) => g],
});

/** Adds a kernel over whole words, and one for the half that is left over; `stores` writes what stands in word `at`. */
function wordSteps(
  draft: Draft,
  size: number,
  stores: (k: KernelBuilder, at: Affine, halves: readonly number[]) => readonly Store[],
): void {
  const whole = size >> 1;
  const kernels = [
    { first: 0, count: whole, halves: [0, 1] },
    { first: whole, count: size % 2, halves: [0] },
  ];
  for (const { first, count, halves } of kernels) {
    if (count === 0) continue;
    withLoops([{ size: count, reduce: false }], [{ off: first, coef: [1] }], [], (loops, [at]) => {
      const k = new KernelBuilder(loops, placementAt(draft));
      draft.steps.push(k.finish(stores(k, at, halves), undefined, null));
    });
  }
}

/** Words to numbers, two at a time: the two stores take less time than finding the word of every number would. */
function unpackedSteps(draft: Draft, node: Tensor): void {
  const slot = draft.slotOf[node.position];
  const [x] = node.ins;
  wordSteps(draft, x.size, (k, at, halves) => {
    const { b } = k;
    const word = b.load("u32", k.access(k.placement.slotFor(x), "u32", "load", at));
    const bits = [b.and(word, b.const("u32", 0xffff)), b.shr(word, 16)];
    return halves.map((i) => ({
      access: k.access(slot, "f32", "store", combine(k.loops.length, i, [at], [2])),
      value: fromBits(b, bits[i]),
    }));
  });
}

const UNPACK_WHOLE: AssembleOp = /*@__PURE__*/ defineOp<AssembleOp>({
  kind: "assemble",
  name: "unpackHalves",
  packs: true,
  schedule: unpackedSteps,
  vjp: [(g) => g],
});

/** Numbers to words, two at a time. */
function packedSteps(draft: Draft, node: Tensor): void {
  const slot = draft.slotOf[node.position];
  const [flat] = node.ins;
  wordSteps(draft, flat.size, (k, at, halves) => {
    const value = halves
      .map((i) => toBits(k.b, k.real(flat, [combine(k.loops.length, i, [at], [2])])))
      .reduce((low, high) => k.b.binary("or", low, k.b.shl(high, 16)));
    return [{ access: k.access(slot, "u32", "store", at), value }];
  });
}

const PACK: AssembleOp = /*@__PURE__*/ defineOp<AssembleOp>({
  kind: "assemble",
  name: "packHalves",
  packs: true,
  schedule: packedSteps,
  vjp: [(g, _, [x]) => reshapeTo(cast(g, x.dtype), x.s)],
});
/** What {@link PACK} does to the values: rounds them, or finds them to be halves. */
const ROUNDED = /*@__PURE__*/ internAttr<AssembleAttr>({ fill: null, regions: [] });
const EXACT = /*@__PURE__*/ internAttr<AssembleAttr>({ fill: 0, regions: [] });

function pack(x: Tensor, shape: Shape, attr: typeof EXACT): Tensor<"f16"> {
  return record(PACK, [reshapeTo(x, internShape([x.size]))], shape, "f16", attr);
}

/** The f32 values of halves. */
function unpack(x: Tensor): Tensor {
  if (isScalarNode(x)) return closeNumber(x, "f32");
  // What is not packed yet need not be unpacked. A tape may begin at the packed tensor.
  if (x.attr === EXACT && x.ins.length > 0 && x.storage === null && !isTaping()) return reshapeTo(x.ins[0], x.s);
  // On the CPU every number would be looked for lane by lane.
  if (x.backend.name !== "webgpu") return record(UNPACK_WHOLE, [x], x.s, "f32", EXACT);
  return record(UNPACK, [x], x.s, "f32", null);
}

/** Operations that move elements and leave them as they are. */
function moves({ kind, name }: Op): boolean {
  return kind === "view" || kind === "take" || kind === "assemble" || name === "copy" || name === "stopGradient";
}

/**
 * Records an operation that has to do with halves: it meets their f32 values. A result of halves is packed when the operation
 * converts to f16 or only moves elements; what it computes is f32.
 */
export function recordHalves(...[op, ins, shape, dtype, attr, device]: Parameters<typeof record>): Tensor {
  for (const x of ins) checkAlive(op.name, x);
  if (op.name === "astype" && dtype === "f16") return pack(ins[0], shape, ROUNDED);
  const values = ins.map((x) => (x.dtype === "f16" ? unpack(x) : x));
  if (op.name === "astype" && dtype === "f32") return values[0];
  const y = record(op, values, shape, dtype === "f16" ? "f32" : dtype, attr, device);
  if (dtype !== "f16" || !moves(op)) return y;
  // Numbers, which backgrounds are too, were not rounded before.
  const exact = op.kind !== "assemble" && !isScalarNode(ins[0]);
  return pack(y, shape, exact ? EXACT : ROUNDED);
}
