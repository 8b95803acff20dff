/** Expressions of several operations for which vectors have fewer instructions. */
import { visitExprs, type Expr } from "../../kernel/expr.ts";
import { reversedBits } from "../../kernel/math/reverseBits.ts";
import type { FunctionBuilder, Local } from "./asm.ts";
import { emitValue, type Node } from "./emitOp.ts";
import { operands } from "./emitProgram.ts";
import { giveBack, take } from "./emitState.ts";
import type { SpmdState } from "./spmdState.ts";

/**
 * The bits by which an expression shifts 64-bit integers as unsigned ones: `and(shr(x, n), 2^(64 - n) - 1)`. Vectors have that
 * shift, but no signed one, which takes several instructions.
 */
function unsignedShift({ op, ty, args }: Expr): number {
  if (op !== "and" || ty !== "i64") return 0;
  const [{ op: inner, args: shift }, mask] = args;
  if (inner !== "shr" || shift[1].op !== "const" || mask.op !== "const") return 0;
  const bits = Number(shift[1].value);
  return bits > 0 && bits < 64 && mask.value === (1n << BigInt(64 - bits)) - 1n ? bits : 0;
}

/** Vectors with which the bits of words are reversed: the mask of the lower half of each byte, and both halves by that half. */
export interface Reversal {
  readonly lower: Local;
  readonly upperHalves: Local;
  readonly lowerHalves: Local;
}

/** {@link Reversal} for a program in which bits are reversed. */
export function reversalFor(f: FunctionBuilder, roots: readonly Expr[]): Reversal | undefined {
  let found = false;
  visitExprs(roots, (e) => {
    found ||= reversedBits(e) !== undefined;
  });
  if (!found) return undefined;
  const halves = Uint8Array.from({ length: 16 }, (_, i) => (i >> 3) | ((i >> 1) & 2) | ((i << 1) & 4) | ((i << 3) & 8));
  const vector = (bytes: Uint8Array): Local => {
    const local = f.local("v128");
    f.v128Const(bytes).set(local);
    return local;
  };
  return {
    lower: vector(new Uint8Array(16).fill(15)),
    upperHalves: vector(halves.map((half) => half << 4)),
    lowerHalves: vector(halves),
  };
}

/** The bytes of each word in reverse. */
const REVERSED_BYTES = Array.from({ length: 16 }, (_, i) => i ^ 3);

/** The operands that the instructions of an operation take, in the order in which they are pushed. */
export function operandsOf(e: Expr): readonly Expr[] {
  if (unsignedShift(e) !== 0) return [e.args[0].args[0]];
  const reversed = reversedBits(e);
  return reversed === undefined ? operands(e) : [reversed];
}

/** Writes an operation whose operands are on the stack. */
export function emitOperation(s: SpmdState, node: Node): void {
  const { f, reversal } = s;
  const bits = unsignedShift(node.expr);
  if (bits !== 0) f.i32Const(bits).op("i64x2.shr_u");
  else if (reversal === undefined || reversedBits(node.expr) === undefined) emitValue(s, node);
  else {
    const { lower, upperHalves, lowerHalves } = reversal;
    const t = take(s, "v128");
    f.set(t).get(upperHalves, t, lower).op("v128.and", "i8x16.swizzle");
    f.get(lowerHalves, t).i32Const(4).op("i32x4.shr_u").get(lower).op("v128.and", "i8x16.swizzle", "v128.or");
    f.tee(t).get(t).shuffle(REVERSED_BYTES);
    giveBack(s, "v128", [t]);
  }
}
