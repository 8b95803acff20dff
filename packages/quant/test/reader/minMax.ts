/** minmax_violation.json and dmmv_ptq.json: rows whose worst output error is made small. */
import { expectClose, expectEqual, knownKeys, unknownSections } from "@ansatz/golden";
import type { GoldenCase } from "@ansatz/golden";
import { gptqCodes, minMaxRow, nearestCodes, rowViolation, spannedLevels } from "@ansatz/quant";

const EXACT = { rel: 1e-9 };
const words = (text: string): string[] => text.split(" ");

interface Row {
  readonly w: Float64Array;
  readonly inputs: Float64Array;
  readonly bits: number;
}

/** A row in float32, or with the numbers as they stand in the file. */
const rowOf = (c: any, round: (x: number) => number = Math.fround): Row => ({
  w: Float64Array.from(c.w, round),
  inputs: Float64Array.from(c.X.flat(), round),
  bits: c.bits,
});

function checkStart(c: any, { w, inputs, bits }: Row): void {
  const levels = spannedLevels(w, bits);
  const [rtn, gptq] = [nearestCodes(w, levels), gptqCodes(w, inputs, levels)];
  for (const [name, codes] of Object.entries({ rtn, gptq })) {
    const { worst, squares } = rowViolation(w, inputs, levels, codes);
    if (c[`codes_${name}`] !== undefined) expectEqual(`${name} codes`, Array.from(codes), c[`codes_${name}`]);
    expectClose(name, [worst], [c[name]], EXACT);
    if (c[`${name}_l2`] !== undefined) expectClose(`${name} squares`, [squares], [c[`${name}_l2`]], EXACT);
  }
}

async function tiny(list: any[]): Promise<void> {
  const ratios: number[] = [];
  for (const c of list) {
    const { worst } = await minMaxRow(rowOf(c).w, rowOf(c).inputs, { bits: c.bits, iterations: 400 });
    if (worst < c.optimum * (1 - 1e-9)) throw new Error(`${worst} is below the optimum ${c.optimum}`);
    ratios.push(worst / c.optimum);
  }
  const mean = ratios.reduce((a, b) => a + b) / ratios.length;
  const optimal = ratios.filter((r) => r < 1 + 1e-9).length / ratios.length;
  if (!(mean <= 1.1 && optimal >= 0.6)) throw new Error(`mean ratio ${mean}, optimal in ${100 * optimal} %`);
}

async function medium(c: any): Promise<void> {
  const { w, inputs, bits } = rowOf(c);
  const free = await minMaxRow(w, inputs, { bits, iterations: 250 });
  const guarded = await minMaxRow(w, inputs, { bits, iterations: 100, guard: true });
  if (!(free.worst <= 1.1 * c.best_found)) throw new Error(`${free.worst} against ${c.best_found}`);
  if (!(free.worst <= 0.85 * c.gptq)) throw new Error(`${free.worst} against GPTQ's ${c.gptq}`);
  if (!(free.squares <= 1.3 * c.gptq_l2)) throw new Error(`squares ${free.squares} against GPTQ's ${c.gptq_l2}`);
  if (!(guarded.squares <= c.gptq_l2 * (1 + 1e-9))) throw new Error(`the guard let ${guarded.squares} pass`);
  if (!(guarded.worst <= c.gptq)) throw new Error(`guarded ${guarded.worst} against GPTQ's ${c.gptq}`);
}

export function minMaxRows(file: any): GoldenCase[] {
  const cases: GoldenCase[] = unknownSections(file, words("source about tolerance tiny medium"));
  for (const [i, c] of file.tiny.entries()) {
    cases.push({
      name: `start ${i}`,
      kind: "tiny",
      run() {
        knownKeys("tiny", c, words("m n bits X w optimum codes_optimum rtn codes_rtn gptq codes_gptq"));
        checkStart(c, rowOf(c));
        const { w, inputs, bits } = rowOf(c);
        const { worst } = rowViolation(w, inputs, spannedLevels(w, bits), c.codes_optimum);
        expectClose("optimum", [worst], [c.optimum], EXACT);
      },
    });
  }
  if (file.tiny.length > 0) cases.push({ name: "search", kind: "tiny", run: () => tiny(file.tiny) });
  for (const [i, c] of file.medium.entries()) {
    cases.push({
      name: `${i}`,
      kind: "medium",
      async run() {
        knownKeys("medium", c, words("m n bits X w rtn rtn_l2 gptq gptq_l2 best_found best_found_l2 codes_best_found"));
        checkStart(c, rowOf(c));
        const { w, inputs, bits } = rowOf(c);
        const { worst, squares } = rowViolation(w, inputs, spannedLevels(w, bits), c.codes_best_found);
        expectClose("best", [worst, squares], [c.best_found, c.best_found_l2], EXACT);
        await medium(c);
      },
    });
  }
  return cases;
}

export function dmmvRows(file: any): GoldenCase[] {
  const fields = "name X w bits rtn_k rtn rtn_l2sq best best_k proved dual_bound reference_heuristic";
  const cases: GoldenCase[] = unknownSections(file, words("file about source conventions tolerance cases"));
  const gaps: number[] = [];
  for (const c of file.cases) {
    cases.push({
      name: c.name,
      kind: "row",
      async run() {
        knownKeys("case", c, words(fields));
        const { w, inputs, bits } = rowOf(c, Number);
        const levels = spannedLevels(w, bits);
        const limit = { abs: file.tolerance, rel: file.tolerance };
        expectEqual("nearest", Array.from(nearestCodes(w, levels)), c.rtn_k);
        const rtn = rowViolation(w, inputs, levels, c.rtn_k);
        expectClose("nearest", [rtn.worst, rtn.squares], [c.rtn, c.rtn_l2sq], limit);
        expectClose("best", [rowViolation(w, inputs, levels, c.best_k).worst], [c.best], limit);
        const { worst } = await minMaxRow(w, inputs, { bits, iterations: 400 });
        const bound = c.proved ? c.best : c.dual_bound;
        if (worst < bound - file.tolerance) throw new Error(`${worst} is below the bound ${bound}`);
        if (worst > c.rtn + file.tolerance) throw new Error(`${worst} is worse than rounding, ${c.rtn}`);
        gaps.push(worst / c.best - 1);
      },
    });
  }
  cases.push({
    name: "mean gap at most 1 %",
    kind: "gap",
    run() {
      const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
      if (!(gaps.length === file.cases.length && mean <= 0.01)) throw new Error(`mean gap ${mean} of ${gaps.length}`);
    },
  });
  return cases;
}
