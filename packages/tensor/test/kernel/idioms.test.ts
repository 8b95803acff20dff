/** Expressions that vectors compute with instructions of their own. */
import * as T from "@ansatz/tensor";
import * as K from "@ansatz/tensor/kernel";
import { defineKernel } from "@ansatz/tensor/kernel";
import { expect, it } from "vitest";
import { testDevices } from "../support/devices.ts";

const devices = await testDevices();

/** Bits in reverse, alone and beside doubles, which take twice the room of a word in vectors. */
const reversed = defineKernel({
  name: "reversed",
  inputs: { x: "u32" },
  outputs: { y: { dtype: "u32", shape: ({ x }) => x } },
  units: ({ x }) => x[0],
  body: (k) => {
    const x = k.load(k.inputs.x, k.index);
    // Two words, one of which is masked out for some units.
    const y = k.variable("u32", k.apply(K.reverseBitsExpr, x));
    k.if(x.and(1).eq(1), () => y.set(y.get().xor(k.apply(K.reverseBitsExpr, x.add(12345)))));
    k.store(k.outputs.y, k.index, y.get());
  },
});

const reversedDoubles = defineKernel({
  name: "reversedDoubles",
  inputs: { x: "u32" },
  outputs: { y: { dtype: "f64", shape: ({ x }) => x } },
  units: ({ x }) => x[0],
  body: (k) => {
    const x = k.load(k.inputs.x, k.index);
    k.store(k.outputs.y, k.index, k.apply(K.reverseBitsExpr, x).to("f64").mul(0.5));
  },
});

const mirrored = (x: number): number =>
  Number.parseInt(
    Array.from((x >>> 0).toString(2).padStart(32, "0"))
      .reverse()
      .join(""),
    2,
  );

it.each(devices)("reversed bits on %s", async (device) => {
  const x = Uint32Array.from({ length: 23 }, (_, i) => (i * 2654435761) ^ (i << 28) ^ i);
  const y = await reversed({ x: T.tensor(x, { device }) }).y.data();
  const one = (v: number): number => (v % 2 === 0 ? mirrored(v) : (mirrored(v) ^ mirrored(v + 12345)) >>> 0);
  expect(Array.from(y as Uint32Array)).toEqual(Array.from(x, one));
  if (device === "webgpu") return;
  const halves = await reversedDoubles({ x: T.tensor(x, { device }) }).y.data();
  expect(Array.from(halves as Float64Array)).toEqual(Array.from(x, (v) => mirrored(v) / 2));
});

/** Shifts and masks: of those that are shifts of unsigned numbers the first two, of the others one has a bit more, one a bit less. */
const SHIFTS = [
  [52, 0xfffn],
  [61, 0x7n],
  [53, 0xfffn],
  [54, 0x1ffn],
] as const;

/** Upper bits of the pattern of a double. */
const upperBits = defineKernel({
  name: "upperBits",
  inputs: { x: "f64" },
  outputs: { y: { dtype: "f64", shape: ({ x }) => [x[0], SHIFTS.length] } },
  units: ({ x }) => x[0],
  body: (k) => {
    const x = k.load(k.inputs.x, k.index);
    SHIFTS.forEach(([bits, mask], i) => {
      const number = k.apply((b, e) => {
        const shifted = b.and(b.shr(b.bitcast("i64", e), bits), b.const("i64", mask));
        // An integer in the low bits of the pattern of 2^52.
        return b.sub(b.bitcast("f64", b.or(shifted, b.const("i64", 0x4330000000000000n))), b.const("f64", 2 ** 52));
      }, x);
      k.store(k.outputs.y, [k.index, i], number);
    });
  },
});

it.each(["js", "cpu"])("unsigned shifts of 64 bits on %s", async (device) => {
  const x = Float64Array.of(1, -1, 0, -0, 1e300, -1e-300, -Infinity);
  const y = await upperBits({ x: T.tensor(x, { device }) }).y.data();
  const patterns = new BigInt64Array(x.buffer);
  const want = Array.from(patterns, (p) => SHIFTS.map(([bits, mask]) => Number((p >> BigInt(bits)) & mask)));
  expect(Array.from(y as Float64Array)).toEqual(want.flat());
});
