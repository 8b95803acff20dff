/** affine.json: codes, values, scales and zero points. */
import { expectClose, expectEqual, knownKeys, unknownCase, unknownSections } from "@ansatz/golden";
import type { GoldenCase } from "@ansatz/golden";
import { dequantizeAffine, fitAffine, quantizeAffine, scaleOfRange } from "@ansatz/quant";
import type { Granularity } from "@ansatz/quant";
import { f32 } from "./common.ts";

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  per_tensor: ["scale", "zero_point", "q", "dq"],
  per_channel: ["axis", "symmetric", "shape", "min", "max", "scale", "zero_point", "q", "dq"],
  per_group: ["group", "symmetric", "shape", "scale", "zero_point", "q", "dq"],
  dynamic_u8: ["q", "scale", "zero_point"],
};

/** One unit in the last place. */
const ulp = (x: number): number => 2 ** (Math.floor(Math.log2(Math.abs(x))) - 23);

function granularityOf(c: any): Granularity {
  if (c.kind === "per_channel") return { per: "channel", axis: c.axis };
  if (c.kind === "per_group") return { per: "group", group: c.group };
  return { per: "tensor" };
}

function check(c: any): void {
  knownKeys("case", c, ["kind", "dtype", "x", ...FIELDS[c.kind]]);
  const x = f32(c.x);
  const shape = c.shape ?? [x.length];
  const granularity = granularityOf(c);
  const type = c.dtype;
  if (c.kind !== "per_tensor") {
    const symmetric = c.symmetric ?? false;
    const fitted = fitAffine(x, shape, { type, symmetric, granularity });
    expectClose("scale", fitted.scale, [c.scale].flat(), ulp);
    expectEqual("zero point", Array.from(fitted.zeroPoint), [c.zero_point].flat());
    for (const [i, min] of (c.min ?? []).entries()) {
      const found = scaleOfRange(min, c.max[i], { type, symmetric });
      expectClose("scale of the given range", [found.scale], [c.scale[i]], ulp);
      expectEqual("zero point of the given range", found.zeroPoint, c.zero_point[i]);
    }
  }
  const parameters = { type, granularity, scale: f32([c.scale].flat()), zeroPoint: [c.zero_point].flat() };
  expectEqual("codes", Array.from(quantizeAffine(x, shape, parameters)), c.q);
  if (c.dq !== undefined) expectClose("values", dequantizeAffine(c.q, shape, parameters), f32(c.dq) as any, () => 0);
}

export function affine(file: any): GoldenCase[] {
  const cases = file.cases.map((c: any, i: number) => {
    const name = `${c.kind} ${c.dtype} ${i}`;
    return c.kind in FIELDS ? { name, kind: c.kind, run: () => check(c) } : unknownCase(name, c.kind);
  });
  return [...unknownSections(file, ["source", "about", "tolerance", "cases"]), ...cases];
}
