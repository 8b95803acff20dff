/** Signal to quantisation noise of number formats. */
import { formats, sqnr } from "@ansatz/quant";
import { key, normal } from "@ansatz/tensor/random";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

/** Decibels for normal and Student-t numbers (4 degrees of freedom), computed independently beforehand. */
const EXPECTED: readonly (readonly [name: string, normal: number, student: number])[] = [
  ["i8 sym g128", 43.7, 39.4],
  ["i4 sym g128", 18.55, 14.4],
  ["u4 asym g128", 19.9, 16.8],
  ["i4 sym g32", 20.2, 17.65],
  ["u4 asym g32", 21.8, 20.3],
  ["u3 asym g32", 15.2, 13.75],
  ["nf4 g64", 20.7, 19.1],
  ["mx e2m1", 18.8, 17.6],
  ["nvfp4", 20.4, 20.75],
  ["mx e2m3", 30.9, 30],
  ["mx e3m2", 25.35, 25.2],
  ["mx e4m3fn", 30.6, 29.9],
  ["mx e5m2", 25.35, 25.2],
  ["mx int8", 41.7, 39.3],
  ["e4m3fn tensor", 31.55, 31.5],
  ["e5m2 tensor", 25.6, 25.55],
];

const SIZE = 2 ** 18;

export const sqnrFigure: Figure = {
  id: "sqnr",
  title: `signal to quantisation noise on 2^18 numbers`,
  async run({ seed, report }) {
    const parts = (await normal(key(seed), [5, SIZE]).data()) as Float32Array;
    const z = parts.subarray(0, SIZE);
    const chi = (i: number): number => [1, 2, 3, 4].reduce((sum, k) => sum + parts[k * SIZE + i] ** 2, 0) / 4;
    const student = z.map((v, i) => v / Math.sqrt(chi(i)));
    const shape = [SIZE / 256, 256];
    return EXPECTED.flatMap(([name, ...wanted]) => {
      report(name);
      const format = formats.find((candidate) => candidate.name === name);
      if (format === undefined) throw new Error(`sqnr: no such format (got ${name}).`);
      return [z, student].map((x, i) => {
        const value = sqnr(x, format.decode(format.encode(x, shape), shape));
        return makeRow({
          id: `sqnr.${name.replaceAll(" ", "-")}.${i === 0 ? "normal" : "student"}`,
          title: `${name}, ${i === 0 ? "normal" : "Student-t"}: distance of ${value.toFixed(2)} dB from ${wanted[i] ?? 0} dB`,
          unit: "dB",
          better: "less",
          value: Math.abs(value - (wanted[i] ?? 0)),
          target: { relation: "<=", value: 0.3 },
        });
      });
    });
  },
};
