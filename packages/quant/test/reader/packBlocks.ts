/** pack_blocks.json: nibble orders, GGUF and microscaling blocks, NVFP4 and the layout of MatMulNBits. */
import { expectClose, expectEqual, knownKeys, unknownCase, unknownSections } from "@ansatz/golden";
import type { GoldenCase } from "@ansatz/golden";
import {
  BLOCK_FORMATS,
  decodeBlocks,
  decodeMx,
  decodeNvfp4,
  encodeBlocks,
  encodeMx,
  encodeNvfp4,
  matmulNBits,
  packMatMulNBits,
  packNibbles,
  packWords,
  unpackNibbles,
  unpackWords,
} from "@ansatz/quant";
import { f32 } from "./common.ts";

const exact = (): number => 0;

function nibbles(c: any): void {
  knownKeys("nibbles", c, [
    "values_u4",
    "low_first",
    "high_first",
    "int32_sequential",
    "int32_awq",
    "values_i4",
    "odd_length_values_i4",
    "i4_low_first",
  ]);
  const signed = c.values_i4 ?? c.odd_length_values_i4;
  expectEqual("signed", Array.from(packNibbles(signed)), c.i4_low_first);
  expectEqual("signed back", Array.from(unpackNibbles(c.i4_low_first, signed.length, { signed: true })), signed);
  const u4 = c.values_u4;
  if (u4 === undefined) return;
  for (const order of ["low-first", "high-first"] as const) {
    const bytes = c[order.replace("-", "_")];
    expectEqual(order, Array.from(packNibbles(u4, order)), bytes);
    expectEqual(`${order} back`, Array.from(unpackNibbles(bytes, u4.length, { order })), u4);
  }
  for (const order of ["sequential", "awq"] as const) {
    const words = c[`int32_${order}`];
    expectEqual(order, Array.from(packWords(u4, order)), words);
    expectEqual(`${order} back`, Array.from(unpackWords(words, order)), u4);
  }
}

function block(c: any): void {
  knownKeys("block", c, ["format", "block", "bytes_per_block", "x", "bytes", "dq"]);
  const name = blockName(c.format);
  const format = BLOCK_FORMATS.find((f) => f.name === name);
  expectEqual("sizes", [format?.block, format?.bytes], [c.block, c.bytes_per_block]);
  expectClose("values", decodeBlocks(Uint8Array.from(c.bytes), name), f32(c.dq) as any, exact);
  if (format?.encode !== undefined) expectEqual("bytes", Array.from(encodeBlocks(f32(c.x), name)), c.bytes);
}

const blockName = (format: string): string => format.toUpperCase();

function mx(c: any): void {
  knownKeys("block", c, ["element", "x", "scale_e8m0", "codes", "dq", "note"]);
  const found = encodeMx(f32(c.x), c.element);
  if (c.scale_e8m0 !== "any") expectEqual("scale", Array.from(found.scales), [c.scale_e8m0].flat());
  const codes = c.element === "int8" ? Array.from(Int8Array.from(found.codes)) : Array.from(found.codes);
  const expected = c.element === "int8" ? Array.from(Int8Array.from(c.codes)) : c.codes;
  expectEqual("codes", codes, expected);
  expectClose("values", decodeMx(found), f32(c.dq) as any, exact);
}

function nvfp4(c: any): void {
  knownKeys("nvfp4", c, ["x", "tensor_scale", "block_scale_e4m3", "codes", "dq", "about"]);
  const found = encodeNvfp4(f32(c.x));
  expectEqual("tensor scale", found.tensorScale, Math.fround(c.tensor_scale));
  expectEqual("scales", Array.from(found.scales), c.block_scale_e4m3);
  expectEqual("codes", Array.from(found.codes), c.codes);
  expectClose("values", decodeNvfp4(found), f32(c.dq) as any, exact);
}

const FIELDS = "M K N block A W scale zero_point q B_bytes zp_bytes Y tolerance about".split(" ");

function nbits(c: any): void {
  knownKeys("matmul_nbits", c, FIELDS);
  const packed = packMatMulNBits({
    codes: c.q,
    scale: f32(c.scale),
    zeroPoint: c.zero_point,
    rows: c.N,
    columns: c.K,
    block: c.block,
  });
  expectEqual("codes", Array.from(packed.codes), c.B_bytes);
  expectEqual("zero points", Array.from(packed.zeroPoint), c.zp_bytes);
  expectClose("product", matmulNBits(f32(c.A), c.M, packed), c.Y, { abs: c.tolerance, rel: c.tolerance });
}

const SECTIONS: Record<string, (c: any) => void> = { nibbles, blocks: block, mx, matmul_nbits: nbits };

export function packBlocks(file: any): GoldenCase[] {
  const cases = Object.entries(SECTIONS).flatMap(([kind, run]) =>
    (file[kind] ?? []).map((c: any, i: number): GoldenCase => {
      const what = c.format ?? c.element ?? "";
      const known = c.format === undefined || BLOCK_FORMATS.some((f) => f.name.toUpperCase() === blockName(c.format));
      return known ? { name: `${what} ${i}`, kind, run: () => run(c) } : unknownCase(`${what} ${i}`, c.format);
    }),
  );
  const two = file.nvfp4_two_level;
  if (two !== undefined) cases.push({ name: "two levels", kind: "nvfp4_two_level", run: () => nvfp4(two) });
  return [...unknownSections(file, ["source", "tolerance", "nvfp4_two_level", ...Object.keys(SECTIONS)]), ...cases];
}
