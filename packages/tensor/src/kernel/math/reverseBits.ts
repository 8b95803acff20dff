/** The bits of a word in reverse. */
import type { Expr, ExprBuilder } from "../expr.ts";

/** Distances of neighbours that change places, and the masks of the lower ones. */
const STEPS = [
  [1, 0x55555555],
  [2, 0x33333333],
  [4, 0x0f0f0f0f],
  [8, 0x00ff00ff],
] as const;

/** The bits of a u32 in reverse. Back ends that have a shorter way recognise this expression: {@link reversedBits}. */
export function reverseBits(b: ExprBuilder, x: Expr): Expr {
  for (const [distance, lower] of STEPS) {
    const mask = b.const("u32", lower);
    x = b.or(b.and(b.shr(x, distance), mask), b.shl(b.and(x, mask), distance));
  }
  return b.or(b.shr(x, 16), b.shl(x, 16));
}

const isConst = ({ op, value }: Expr, wanted: number): boolean => op === "const" && value === wanted;

/** x of `shr(x, bits)` or `shl(x, bits)`. */
function shifted(e: Expr, op: "shr" | "shl", bits: number): Expr | undefined {
  return e.op === op && isConst(e.args[1], bits) ? e.args[0] : undefined;
}

/** x of `and(x, mask)`. */
function masked(e: Expr | undefined, mask: number): Expr | undefined {
  return e?.op === "and" && isConst(e.args[1], mask) ? e.args[0] : undefined;
}

/** x of an expression that is `reverseBits(x)`. */
export function reversedBits({ op, ty, args }: Expr): Expr | undefined {
  if (op !== "or" || ty !== "u32") return undefined;
  let x = shifted(args[0], "shr", 16);
  if (x === undefined || shifted(args[1], "shl", 16) !== x) return undefined;
  for (const [distance, lower] of STEPS.toReversed()) {
    if (x.op !== "or") return undefined;
    const [down, up] = x.args;
    const below = masked(down, lower);
    const from: Expr | undefined = below && shifted(below, "shr", distance);
    if (from === undefined || masked(shifted(up, "shl", distance), lower) !== from) return undefined;
    x = from;
  }
  return x;
}
