/**
 * The product of bytes on the GPU: an invocation computes one element, four products per word, in one instruction where
 * the device's WGSL has it.
 */
import type { GpuRoutine } from "../backend/backend.ts";
import { grid, WORKGROUP } from "../backend/webgpu/grid.ts";
import type { Int8Attr } from "./oracle.ts";

const HEAD = `struct Params { m: u32, n: u32, words: u32, rest: u32, a_zero: i32, a_at: u32, b_at: u32, zero_at: u32, c_at: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read> zeros: array<i32>;
@group(0) @binding(4) var<storage, read_write> c: array<i32>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) local: u32) {
  let at = (group.y * grid.x + group.x) * ${WORKGROUP}u + local;
  if (at >= p.m * p.n) { return; }
  let row = p.a_at + at / p.n * p.words;
  let column = p.b_at + at % p.n * p.words;
  let zero = zeros[p.zero_at + at % p.n];
`;

/** The feature of WGSL that brings `dot4I8Packed`. */
const PACKED_DOT = "packed_4x8_integer_dot_product";

/** Byte by byte. */
function plain(aSigned: boolean, bSigned: boolean): string {
  const byte = (word: string, i: number, signed: boolean): string =>
    signed ? `extractBits(bitcast<i32>(${word}), ${8 * i}u, 8u)` : `i32(extractBits(${word}, ${8 * i}u, 8u))`;
  const product = (i: number): string => `(${byte("x", i, aSigned)} - p.a_zero) * (${byte("y", i, bSigned)} - zero)`;
  return `${HEAD}  var sum = 0;
  for (var w = 0u; w + 1u < p.words; w++) {
    let x = a[row + w];
    let y = b[column + w];
    sum += ${[0, 1, 2, 3].map(product).join(" + ")};
  }
  let x = a[row + p.words - 1u];
  let y = b[column + p.words - 1u];
  sum += ${product(0)};
  if (p.rest > 1u) { sum += ${product(1)}; }
  if (p.rest > 2u) { sum += ${product(2)}; }
  if (p.rest > 3u) { sum += ${product(3)}; }
  c[p.c_at + at] = sum;
}
`;
}

/**
 * Four at once. Bytes without sign lose 128 by a flipped bit, and so do their zero points; what the zero points take off
 * follows from the sums of both rows. Sums wrap around at 32 bits, the result does not.
 */
function packed(aSigned: boolean, bSigned: boolean): string {
  const signed = (word: string, is: boolean): string => (is ? word : `(${word} ^ 0x80808080u)`);
  return `${HEAD}  var products = 0;
  var of_a = 0;
  var of_b = 0;
  for (var w = 0u; w < p.words; w++) {
    let used = select(0xffffffffu, 0xffffffffu >> (8u * (4u - p.rest)), w + 1u == p.words);
    let x = ${signed("a[row + w]", aSigned)} & used;
    let y = ${signed("b[column + w]", bSigned)} & used;
    products += dot4I8Packed(x, y);
    of_a += dot4I8Packed(x, 0x01010101u);
    of_b += dot4I8Packed(y, 0x01010101u);
  }
  let zero_a = p.a_zero${aSigned ? "" : " - 128"};
  let zero_b = zero${bSigned ? "" : " - 128"};
  let count = i32(4u * (p.words - 1u) + p.rest);
  c[p.c_at + at] = products - zero_a * of_b - zero_b * of_a + count * zero_a * zero_b;
}
`;
}

/** Inputs a [m, words], b [n, words], zero points of b [n]; output [m, n]. */
export const int8Gpu: GpuRoutine = ([a, b, zero], [c], attr) => {
  const { k, aSigned, bSigned, aZero } = attr as Int8Attr;
  const [m, words] = a.shape;
  const [n] = b.shape;
  const rest = k - 4 * (words - 1);
  return {
    temps: [],
    dispatches: [
      {
        key: `int8 ${aSigned} ${bSigned}`,
        wgsl: (language) => (language?.has(PACKED_DOT) === true ? packed : plain)(aSigned, bSigned),
        words: [m, n, words, rest, aZero, a.offset, b.offset, zero.offset, c.offset],
        bindings: [{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }],
        workgroups: grid(Math.ceil((m * n) / WORKGROUP)),
      },
    ],
  };
};
