/** Signal to quantisation noise of number formats. */
import { formats, sqnr } from "@ansatz/quant";
import { key, normal } from "@ansatz/tensor/random";
import { checkSignal } from "../../cli/io.ts";
import { summarize } from "../../measure/statistics.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

/**
 * Decibels for normal and Student-t numbers (4 degrees of freedom), computed independently beforehand; samples of which the
 * median counts (1), and how near it has to be (0.3).
 */
const EXPECTED: readonly (readonly [
  name: string,
  normal: number,
  student: number,
  samples?: number,
  within?: number,
])[] = [
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
  // One scale for all numbers hangs on the largest of them, which differs from sample to sample.
  ["i8 sym tensor", 40, 24.2, 101, 1],
];

const SIZE = 2 ** 18;

/** Normal and Student-t numbers. */
async function draw(seed: number): Promise<Record<"normal" | "student", Float32Array>> {
  const parts = (await normal(key(seed), [5, SIZE]).data()) as Float32Array;
  const z = parts.subarray(0, SIZE);
  const chi = (i: number): number => [1, 2, 3, 4].reduce((sum, k) => sum + parts[k * SIZE + i] ** 2, 0) / 4;
  return { normal: z, student: z.map((v, i) => v / Math.sqrt(chi(i))) };
}

export const sqnrFigure: Figure = {
  id: "sqnr",
  title: `signal to quantisation noise on 2^18 numbers`,
  async run({ seed, signal, report }) {
    const shape = [SIZE / 256, 256];
    const first = await draw(seed);
    const rows: Row[] = [];
    for (const [name, ofNormal, ofStudent, samples = 1, within = 0.3] of EXPECTED) {
      checkSignal(signal);
      report(name);
      const format = formats.find((candidate) => candidate.name === name);
      if (format === undefined) throw new Error(`sqnr: no such format (got ${name}).`);
      const found: Record<keyof typeof first, number[]> = { normal: [], student: [] };
      for (let i = 0; i < samples; i++) {
        const numbers = i === 0 ? first : await draw(seed + i);
        for (const kind of ["normal", "student"] as const) {
          found[kind].push(sqnr(numbers[kind], format.decode(format.encode(numbers[kind], shape), shape)));
        }
      }
      for (const [kind, wanted] of [
        ["normal", ofNormal],
        ["student", ofStudent],
      ] as const) {
        const { median } = summarize(found[kind]);
        rows.push(
          makeRow({
            id: `sqnr.${name.replaceAll(" ", "-")}.${kind}`,
            title: `${name}, ${kind === "normal" ? "normal" : "Student-t"}: distance of ${median.toFixed(2)} dB from ${wanted} dB`,
            unit: "dB",
            better: "less",
            value: Math.abs(median - wanted),
            runs: samples,
            target: { relation: "<=", value: within },
          }),
        );
      }
    }
    return rows;
  },
};
