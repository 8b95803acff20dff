/**
 * WGSL lets a GPU take subnormal numbers for zeros, before and after an operation (section "Floating Point Evaluation"), and
 * SwiftShader does. That explains every difference of random float programs from the oracle: what counts is not only a tiny
 * number less, but NaN in place of an infinity where infinity meets a subnormal, or a subnormal is divided by zero.
 */
import { expect, test } from "vitest";
import type { Expr, ExprBuilder } from "../../src/kernel/expr.ts";
import { firstDifference } from "./launch.ts";
import { expectSameBits, openBackend } from "./harness.ts";
import { get, put, slot, step, vector, vectorMap } from "./vectors.ts";

const TINY = 2 ** -149;

/** An operation, operands, what IEEE 754 says, and what it says of zeros in place of subnormals. */
const CASES: readonly (readonly [
  string,
  (b: ExprBuilder, x: Expr, y: Expr) => Expr,
  number,
  number,
  number,
  number,
])[] = [
  ["infinity times a subnormal", (b, x, y) => b.mul(x, y), Infinity, -TINY, -Infinity, NaN],
  ["a subnormal divided by zero", (b, x, y) => b.div(x, y), -TINY, 0, -Infinity, NaN],
  ["one divided by a subnormal", (b, x, y) => b.div(x, y), 1, -TINY, -Infinity, -Infinity],
  ["a subnormal rounded up", (b, x, y) => b.add(b.unary("ceil", x), y), TINY, 0, 1, 0],
  ["a subnormal rounded down", (b, x, y) => b.add(b.unary("floor", x), y), -TINY, 0, -1, 0],
  ["the sum of subnormals", (b, x, y) => b.add(x, y), TINY, TINY, 2 * TINY, 0],
];

test.for(CASES)("%s", async ([, body, x, y, exact, flushed], context) => {
  const backend = await openBackend(context);
  const [a, b, out] = [put(backend, vector(x)), put(backend, vector(y)), backend.alloc(4)];
  const kernel = vectorMap(2, 0, (builder, [p, q]) => body(builder, p, q));
  const slots = [slot(1, "input"), slot(1, "input"), slot(1, "output")];
  const executable = backend.compile({ slots, steps: [step(kernel, 1, [0, 1, 2])], scalars: 0 });
  executable.run([a, b, out], []);
  const got = Float32Array.from(await get(backend, out, 1));
  // Exact, or as if every subnormal were zero: nothing else.
  const is = (want: number): boolean => firstDifference(got, vector(want)) === undefined;
  expect([got[0], is(exact) || is(flushed) || (flushed === 0 && got[0] === 0)]).toEqual([got[0], true]);
});

test("comparisons and selections keep subnormals", async (context) => {
  const backend = await openBackend(context);
  const x = put(backend, vector(TINY, -TINY, 0));
  const out = backend.alloc(12);
  const kernel = vectorMap(1, 0, (b, [p]) =>
    b.select(b.gt(p, b.const("f32", 0)), p, b.select(b.lt(p, b.const("f32", 0)), b.unary("neg", p), b.const("f32", 7))),
  );
  const slots = [slot(3, "input"), slot(3, "output")];
  backend.compile({ slots, steps: [step(kernel, 3, [0, 1])], scalars: 0 }).run([x, out], []);
  expectSameBits(Float32Array.from(await get(backend, out, 3)), vector(TINY, TINY, 7));
});
