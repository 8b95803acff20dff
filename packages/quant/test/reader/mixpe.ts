/** mixpe_arith.json, mixpe_hw.json and mixpe_published_simulator.json. */
import { expectClose, expectEqual, knownKeys, unknownCase, unknownSections } from "@ansatz/golden";
import type { GoldenCase } from "@ansatz/golden";
import {
  COSTS_45NM,
  ELEMENT_KINDS,
  PUBLISHED_ARRAYS,
  accumulatorBits,
  additionsOf,
  columnsInArea,
  decodeFloat,
  dequantizeOperations,
  foldCycles,
  gemmCost,
  groupProduct,
  processingElement,
  publishedCost,
  shiftAddHalf,
  shiftAddProduct,
  shiftPartials,
  simulateFold,
} from "@ansatz/quant";
import { f32, floatsOfBits } from "./common.ts";

const exact = (): number => 0;
const words = (text: string): string[] => text.split(" ");

function group(c: any): void {
  knownKeys("group", c, [
    ...words("kind M K N group q scale zero act_i8 act_scale act_f16_bits P_int32 S_int32 P_exact S_exact y_exact"),
    "index_order",
  ]);
  if (c.kind !== "w4a8" && c.kind !== "w4a16") throw new Error(`unknown kind ${c.kind}`);
  const found = groupProduct({
    m: c.M,
    k: c.K,
    n: c.N,
    group: c.group,
    codes: c.q,
    scale: f32(c.scale),
    zero: c.zero,
    activation: c.kind === "w4a8" ? c.act_i8 : decodeFloat(c.act_f16_bits, "f16"),
    activationScale: c.kind === "w4a8" ? Math.fround(c.act_scale) : 1,
  });
  expectClose("P", found.products, c.P_int32 ?? c.P_exact, exact);
  expectClose("S", found.inputs, c.S_int32 ?? c.S_exact, exact);
  expectClose("y", found.y, c.y_exact, { rel: 1e-12, abs: 1e-15 });
}

export function mixpeArith(file: any): GoldenCase[] {
  const known =
    "source about tolerance adds_total w4a8_samples w4a16_samples groups accumulator_bits dequant_op_counts";
  const cases: GoldenCase[] = unknownSections(file, words(known));
  cases.push({
    name: "additions over all pairs",
    kind: "adds_total",
    run() {
      const total = Array.from({ length: 16 }, (_, w) => 256 * additionsOf(w)).reduce((a, b) => a + b);
      expectEqual("additions", total, file.adds_total);
    },
  });
  for (const [i, row] of file.w4a8_samples.rows.entries()) {
    cases.push({
      name: `${i}`,
      kind: "w4a8_samples",
      run() {
        const columns = "weight_nibble act_i8 product_unsigned product_signed partials_unsigned";
        expectEqual("columns", file.w4a8_samples.columns, words(columns));
        const [w, a, unsigned, signed, partials] = row;
        expectEqual("partials", shiftPartials(w, a), partials);
        expectEqual("products", [shiftAddProduct(w, a, false), shiftAddProduct(w, a, true)], [unsigned, signed]);
      },
    });
  }
  for (const [i, c] of file.w4a16_samples.entries()) {
    cases.push({
      name: `${i}`,
      kind: "w4a16_samples",
      run() {
        knownKeys("sample", c, ["act_bits", "weight", "f32_bits"]);
        const [a] = decodeFloat([c.act_bits], "f16");
        expectClose("product", [shiftAddHalf(c.weight, a)], [floatsOfBits([c.f32_bits])[0]], exact);
      },
    });
  }
  for (const [i, c] of file.groups.entries())
    cases.push({ name: `${c.kind} ${i}`, kind: "groups", run: () => group(c) });
  for (const [i, c] of file.accumulator_bits.entries()) {
    cases.push({
      name: `${i}`,
      kind: "accumulator_bits",
      run() {
        knownKeys("case", c, ["wbits", "abits", "group", "bits"]);
        expectEqual("bits", accumulatorBits(c.wbits, c.abits, c.group), c.bits);
      },
    });
  }
  for (const [i, c] of file.dequant_op_counts.entries()) {
    cases.push({
      name: `${i}`,
      kind: "dequant_op_counts",
      run() {
        knownKeys("case", c, ["M", "K", "N", "group", "before_once", "after", "ratio_after_over_before"]);
        const { before, after, ratio } = dequantizeOperations(c.M, c.K, c.N, c.group);
        expectEqual("counts", [before, after, ratio], [c.before_once, c.after, c.ratio_after_over_before]);
      },
    });
  }
  return cases;
}

const ENERGY = words("add_bit mul_bit2 fp16_add fp16_mul fp32_add fp32_mul sram_bit dram_bit");
const AREA = words("add_bit mul_bit2 fp16_add fp16_mul fp32_add ff_bit shift_bit_stage");
const close = { rel: 1e-9 };

function costs(file: any): void {
  knownKeys("energies", file.unit_energy_pj, ENERGY);
  // The area of a float multiplier is listed and not used by any element.
  knownKeys("areas", file.unit_area_um2, [...AREA, "fp32_mul"]);
  expectClose(
    "energies",
    Object.values(COSTS_45NM.energy),
    ENERGY.map((name) => file.unit_energy_pj[name]),
    close,
  );
  expectClose(
    "areas",
    Object.values(COSTS_45NM.area),
    AREA.map((name) => file.unit_area_um2[name]),
    close,
  );
}

function gemm(c: any): void {
  knownKeys("gemm", c, words("M K N group bandwidth_bits area_budget_int8_pes results"));
  for (const r of c.results) {
    const fields = "kind R C compute_cycles memory_cycles cycles dram_bits sram_bits dequant_ops energy_pj total_pj";
    knownKeys(r.kind, r, words(fields));
    knownKeys("energy", r.energy_pj, words("core dequant sram dram"));
    const columns = columnsInArea(r.kind, c.area_budget_int8_pes, c.group, r.R);
    expectEqual(`${r.kind} columns`, columns, r.C);
    const cost = gemmCost(
      { m: c.M, k: c.K, n: c.N },
      { kind: r.kind, rows: r.R, columns, group: c.group, bandwidth: c.bandwidth_bits },
    );
    expectEqual(
      `${r.kind} counts`,
      [cost.computeCycles, cost.memoryCycles, cost.cycles, cost.dramBits, cost.sramBits, cost.dequantizeOperations],
      [r.compute_cycles, r.memory_cycles, r.cycles, r.dram_bits, r.sram_bits, r.dequant_ops],
    );
    const { core, dequantize, sram, dram } = cost.energy;
    const e = r.energy_pj;
    expectClose(
      `${r.kind} energies`,
      [core, dequantize, sram, dram, cost.totalEnergy],
      [e.core, e.dequant, e.sram, e.dram, r.total_pj],
      close,
    );
  }
}

export function mixpeHw(file: any): GoldenCase[] {
  const sections = words("source about tolerance unit_energy_pj unit_area_um2 pe gemm os_fold");
  const cases: GoldenCase[] = [
    ...unknownSections(file, sections),
    { name: "unit costs", kind: "unit_costs", run: () => costs(file) },
  ];
  for (const [name, c] of Object.entries<any>(file.pe)) {
    if (!ELEMENT_KINDS.includes(c.kind)) {
      cases.push(unknownCase(name, c.kind));
      continue;
    }
    cases.push({
      name,
      kind: "pe",
      run() {
        knownKeys("pe", c, words("kind energy_pj area_um2 wbits abits"));
        const found = processingElement(c.kind);
        expectClose("energy and area", [found.energy, found.area], [c.energy_pj, c.area_um2], close);
        expectEqual("bits", [found.wBits, found.aBits], [c.wbits, c.abits]);
      },
    });
  }
  for (const c of file.gemm) cases.push({ name: `${c.M} x ${c.K} x ${c.N}`, kind: "gemm", run: () => gemm(c) });
  for (const c of file.os_fold) {
    cases.push({
      name: `${c.R} x ${c.K} x ${c.C}`,
      kind: "os_fold",
      run() {
        knownKeys("fold", c, words("R K C A B out cycles"));
        const { out, cycles } = simulateFold(c.A, c.B, c.R, c.K, c.C);
        expectEqual("product", Array.from(out), c.out);
        expectEqual("cycles", [cycles, foldCycles(c.R, c.K, c.C)], [c.cycles, c.cycles]);
      },
    });
  }
  return cases;
}

function publishedLayer(c: any): void {
  const fields =
    "config rows cols pmax pmin batch in_features out_features precision cycles stall_cycles sram_reads_bits sram_writes_bits dram_read_bits dram_write_bits energy_nj";
  knownKeys("layer", c, words(fields));
  const { rows, cols: columns, pmax: mostBits, pmin: leastBits, precision: bits } = c;
  const known = Object.values(PUBLISHED_ARRAYS).find((a) => a.mostBits === mostBits && a.leastBits === leastBits);
  if (known === undefined) throw new Error(`${c.config}: no energies for elements of ${leastBits} to ${mostBits} bits`);
  const array = { rows, columns, mostBits, leastBits, bits, core: known.core };
  const cost = publishedCost({ m: c.batch, k: c.in_features, n: c.out_features }, array);
  const { reads, writes, energy } = cost;
  expectEqual(
    "counts",
    [cost.cycles, cost.stallCycles, cost.dramReadBits, cost.dramWriteBits],
    [c.cycles, c.stall_cycles, c.dram_read_bits, c.dram_write_bits],
  );
  for (const [which, found] of [
    ["sram_reads_bits", reads],
    ["sram_writes_bits", writes],
  ] as const) {
    knownKeys(which, c[which], words("act wgt out"));
    expectEqual(which, found, { activations: c[which].act, weights: c[which].wgt, outputs: c[which].out });
  }
  expectClose("energies", [energy.static, energy.dram, energy.buffers, energy.core], c.energy_nj, close);
}

export function mixpePublished(file: any): GoldenCase[] {
  return [
    ...unknownSections(file, words("source about tolerance layers")),
    ...file.layers.map((c: any) => ({
      name: `${c.config} ${c.in_features} x ${c.out_features}`,
      kind: "published",
      run: () => publishedLayer(c),
    })),
  ];
}
