/** formats_float.json: code tables and encoded numbers of small floating-point formats. */
import { expectClose, expectEqual, knownKeys, unknownCase, unknownSections } from "@ansatz/golden";
import type { GoldenCase } from "@ansatz/golden";
import { FLOAT_FORMATS, decodeE8m0, decodeFloat, decodeNf4, encodeFloat, encodeNf4 } from "@ansatz/quant";
import type { FloatFormat } from "@ansatz/quant";
import { f32, floatsOfBits } from "./common.ts";

const exact = (): number => 0;

function formatOf(name: string): FloatFormat {
  const short: Record<string, FloatFormat> = { fp16: "f16", bf16: "bf16" };
  return short[name] ?? (name as FloatFormat);
}

function check(name: string, c: any): void {
  knownKeys(name, c, ["bits", "decode", "f32_bits", "code_nonsat", "code_sat", "x", "code", "about"]);
  const codes = Array.from({ length: c.decode?.length ?? 0 }, (_, code) => code);
  if (name === "e8m0") {
    expectClose("values", codes.map(decodeE8m0), c.decode, exact);
    return;
  }
  if (name === "nf4") {
    expectClose("values", decodeNf4(codes), f32(c.decode) as any, exact);
    expectEqual("codes", Array.from(encodeNf4(f32(c.x))), c.code);
    return;
  }
  const format = formatOf(name);
  expectEqual("bits", FLOAT_FORMATS[format].bits, c.bits);
  expectClose("values", decodeFloat(codes, format), c.decode ?? [], exact);
  const x = floatsOfBits(c.f32_bits);
  const encode = (saturate: boolean): number[] => Array.from(encodeFloat(x, format, { saturate }));
  expectEqual("codes", encode(false), c.code_nonsat);
  if (c.code_sat !== undefined) expectEqual("saturated codes", encode(true), c.code_sat);
}

export function formatsFloat(file: any): GoldenCase[] {
  const known = [...Object.keys(FLOAT_FORMATS), "e8m0", "nf4", "fp16"];
  const cases = Object.entries(file.formats).map(([name, c]) =>
    known.includes(name) ? { name, kind: name, run: () => check(name, c) } : unknownCase(name, name),
  );
  return [...unknownSections(file, ["source", "about", "tolerance", "formats"]), ...cases];
}
