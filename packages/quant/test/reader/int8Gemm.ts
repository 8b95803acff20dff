/** int8_gemm.json: sums and requantised codes. */
import { expectClose, expectEqual, knownKeys, unknownSections } from "@ansatz/golden";
import type { GoldenCase } from "@ansatz/golden";
import {
  fixedFactor,
  integerLinear,
  packWeight,
  requantizeFactor,
  requantizeFixed,
  requantizeFloat,
} from "@ansatz/quant";

const FIELDS = [
  ..."M K N a_dtype b_dtype A B a_zero b_zero per_column_b_zero acc_int32 raw_no_zero".split(" "),
  ..."row_sums_A col_sums_B requant".split(" "),
];
const REQUANT = [
  ..."a_scale b_scale y_scale y_dtype y_zero multiplier_f32 y_float".split(" "),
  ..."fixed_multiplier fixed_right_shift y_fixed ort_equal".split(" "),
];

const bytes = (type: string, values: readonly number[]): Int8Array | Uint8Array =>
  type === "i8" ? Int8Array.from(values) : Uint8Array.from(values);

async function check(c: any): Promise<void> {
  knownKeys("case", c, FIELDS);
  const { M, K, N } = c;
  const a = bytes(c.a_dtype, c.A);
  const transposed = Array.from({ length: N * K }, (_, i) => c.B[(i % K) * N + Math.floor(i / K)]);
  const zeros = [c.b_zero].flat().length === 1 ? Array<number>(N).fill([c.b_zero].flat()[0]) : c.b_zero;
  expectEqual("zero points", c.per_column_b_zero, Array.isArray(c.b_zero));
  const weight = bytes(c.b_dtype, transposed);
  const sums = async (zero: number, zeroPoints?: number[]): Promise<number[]> =>
    Array.from(await integerLinear({ codes: a, zeroPoint: zero }, M, packWeight(weight, N, K, zeroPoints)).data());
  expectEqual("sums", await sums(c.a_zero, zeros), c.acc_int32);
  expectEqual("raw sums", await sums(0), c.raw_no_zero);
  const ones = packWeight(new Int8Array(K).fill(1), 1, K);
  expectEqual("row sums", Array.from(await integerLinear({ codes: a }, M, ones).data()), c.row_sums_A);
  const columns = await integerLinear({ codes: weight }, N, ones).data();
  expectEqual("column sums", Array.from(columns), c.col_sums_B);
  const r = c.requant;
  if (r === undefined) return;
  knownKeys("requant", r, REQUANT);
  const output = { type: r.y_dtype, zeroPoint: r.y_zero };
  const factor = requantizeFactor(r.a_scale, r.b_scale, r.y_scale);
  expectClose("factor", [factor], [Math.fround(r.multiplier_f32)], () => 0);
  expectEqual("float rule", Array.from(requantizeFloat(c.acc_int32, factor, output)), r.y_float);
  const fixed = fixedFactor(factor);
  expectEqual("fixed factor", [fixed.multiplier, fixed.rightShift], [r.fixed_multiplier, r.fixed_right_shift]);
  expectEqual("fixed rule", Array.from(requantizeFixed(c.acc_int32, fixed, output)), r.y_fixed);
}

export function int8Gemm(file: any): GoldenCase[] {
  const cases = file.cases.map((c: any, i: number) => ({
    name: `${c.M} x ${c.K} x ${c.N} ${c.a_dtype} ${c.b_dtype} ${i}`,
    kind: "gemm",
    run: () => check(c),
  }));
  return [...unknownSections(file, ["source", "about", "tolerance", "cases"]), ...cases];
}
