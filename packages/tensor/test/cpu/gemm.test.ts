import { describe, expect, it } from "vitest";
import { hasRelaxedSimd } from "../../src/backend/cpu/asm.ts";
import { gemmPlan } from "../../src/backend/cpu/gemm.ts";
import type { GemmSpec, MatrixView } from "../../src/backend/cpu/gemm.ts";
import { arrayOf, firstDifference, prepare, randomSource } from "./launch.ts";
import type { Floats, Split } from "./launch.ts";

const SPLITS: readonly Split[] = [[Number.POSITIVE_INFINITY], [1], [3, 1], [2, 5]];

/** Visits every batch index with its flat number and the element offsets of A and B. */
function eachBatch(spec: GemmSpec, visit: (flat: number, a: number, b: number) => void): void {
  const count = spec.batch.reduce((product, size) => product * size, 1);
  for (let flat = 0; flat < count; flat++) {
    let rest = flat;
    let { offset: a } = spec.a;
    let { offset: b } = spec.b;
    for (let d = spec.batch.length - 1; d >= 0; d--) {
      const coordinate = rest % spec.batch[d];
      rest = Math.floor(rest / spec.batch[d]);
      a += coordinate * spec.a.batch[d];
      b += coordinate * spec.b.batch[d];
    }
    visit(flat, a, b);
  }
}

/** Plain loop, sequential in k, rounding after every operation; also the sum of absolute products for error bounds. */
function naive(spec: GemmSpec, a: Floats, b: Floats): { exact: Floats; magnitude: Float64Array } {
  const { m, n, k } = spec;
  const size = spec.batch.reduce((product, length) => product * length, 1) * m * n;
  const exact = new (arrayOf(spec.dtype))(size) as Floats;
  const magnitude = new Float64Array(size);
  const round = spec.dtype === "f32" ? Math.fround : (x: number) => x;
  eachBatch(spec, (flat, a0, b0) => {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        let absolute = 0;
        for (let p = 0; p < k; p++) {
          const product = a[a0 + i * spec.a.row + p * spec.a.column] * b[b0 + p * spec.b.row + j * spec.b.column];
          sum = round(sum + round(product));
          absolute += Math.abs(product);
        }
        exact[(flat * m + i) * n + j] = sum;
        magnitude[(flat * m + i) * n + j] = absolute;
      }
    }
  });
  return { exact, magnitude };
}

/** Smallest and largest element a view touches. */
function extent(view: MatrixView, batch: readonly number[], rows: number, columns: number): [number, number] {
  let [least, most] = [0, 0];
  const sizes = [...batch, rows, columns];
  [...view.batch, view.row, view.column].forEach((stride, d) => {
    const reach = stride * Math.max(0, sizes[d] - 1);
    least += Math.min(0, reach);
    most += Math.max(0, reach);
  });
  return [least, most];
}

type Layout = "rows" | "columns" | "spread" | "reversed" | "broadcast";

/** A view of the wanted layout and the number of elements its buffer needs. */
function makeView(
  layout: Layout,
  batch: readonly number[],
  rows: number,
  columns: number,
  broadcastBatch: boolean,
): [MatrixView, number] {
  let row = columns;
  let column = 1;
  if (layout === "columns") [row, column] = [1, rows];
  if (layout === "spread") [row, column] = [3 * columns + 2, 3];
  if (layout === "reversed") [row, column] = [-columns, -1];
  if (layout === "broadcast") [row, column] = [0, 1];
  const plane = 1 + Math.abs(row) * rows + Math.abs(column) * columns;
  const strides: number[] = [];
  let stride = layout === "rows" ? rows * columns : plane;
  for (let d = batch.length - 1; d >= 0; d--) {
    strides.unshift(broadcastBatch && d % 2 === 0 ? 0 : stride);
    stride *= batch[d];
  }
  const view = { offset: 0, batch: strides, row, column };
  const [least, most] = extent(view, batch, rows, columns);
  return [{ ...view, offset: 5 - least }, 6 + most - least];
}

function check(spec: GemmSpec, aSize: number, bSize: number, seed: number, splits: readonly Split[] = SPLITS): void {
  const random = randomSource(seed);
  const a = random.floats(spec.dtype, aSize);
  const b = random.floats(spec.dtype, bSize);
  const { exact, magnitude } = naive(spec, a, b);
  const prepared = prepare(gemmPlan(spec), spec.dtype, [a, b], exact.length);
  let first: Floats | undefined;
  for (const split of splits) {
    prepared.poison();
    prepared.run(split);
    prepared.checkGuards();
    const got = prepared.output();
    if (exact.length === 0) continue;
    if (first === undefined) first = got;
    else expect(firstDifference(got, first)).toBe(-1);
  }
  if (first === undefined) return;
  if (!spec.relaxed) {
    const wrong = firstDifference(first, exact);
    expect(wrong, `element ${wrong}: got ${first[wrong]}, expected ${exact[wrong]}`).toBe(-1);
    return;
  }
  // Both sums have at most 2 k roundings, each of relative size u.
  const bound = 4 * (spec.k + 1) * (spec.dtype === "f32" ? 2 ** -24 : 2 ** -53);
  const off = first.findIndex((value, i) => !(Math.abs(value - exact[i]) <= bound * magnitude[i]));
  expect(off, `element ${off}: got ${first[off]}, expected ${exact[off]}`).toBe(-1);
}

const MODES = (["f32", "f64"] as const).flatMap((dtype) =>
  [false, true].filter((relaxed) => !relaxed || hasRelaxedSimd()).map((relaxed) => ({ dtype, relaxed })),
);

describe.each(MODES)("matrix product, $dtype, relaxed $relaxed", ({ dtype, relaxed }) => {
  const contiguous = (m: number, n: number, k: number, batch: number[] = []): [GemmSpec, number, number] => {
    const [a, aSize] = makeView("rows", batch, m, k, false);
    const [b, bSize] = makeView("rows", batch, k, n, false);
    return [{ dtype, relaxed, batch, m, n, k, a, b }, aSize, bSize];
  };

  it("is right for every small size, zero and one included", () => {
    const sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13];
    for (const m of sizes)
      for (const n of sizes)
        for (const k of [0, 1, 2, 5, 8]) check(...contiguous(m, n, k), m * 169 + n * 13 + k, [[1]]);
  });

  it("is right across blocks of every dimension", () => {
    check(...contiguous(259, 5, 11), 1);
    check(...contiguous(7, 263, 19), 2);
    check(...contiguous(13, 17, 787), 3);
    check(...contiguous(67, 150, 400), 4);
    check(...contiguous(130, 300, 130), 5);
  });

  it("is right for vectors times matrices and matrices times vectors", () => {
    for (const [n, k] of [
      [1, 1],
      [1, 9],
      [3, 70],
      [17, 8],
      [130, 131],
      [1030, 21],
      [2500, 3],
    ]) {
      for (const layout of ["rows", "columns", "spread", "reversed"] as const) {
        for (const batch of [[], [3]]) {
          const [wide, wideSize] = makeView(layout, batch, k, n, false);
          const [row, rowSize] = makeView(layout, batch, 1, k, batch.length > 0);
          check({ dtype, relaxed, batch, m: 1, n, k, a: row, b: wide }, rowSize, wideSize, n + k);
          const [tall, tallSize] = makeView(layout, batch, n, k, batch.length > 0);
          const [column, columnSize] = makeView(layout, batch, k, 1, false);
          check({ dtype, relaxed, batch, m: n, n: 1, k, a: tall, b: column }, tallSize, columnSize, n + k);
        }
      }
    }
  });

  it("takes any strides and batches", () => {
    const random = randomSource(11);
    const layouts = ["rows", "columns", "spread", "reversed", "broadcast"] as const;
    for (let trial = 0; trial < 120; trial++) {
      const batch = Array.from({ length: random.int(0, 3) }, () => random.int(1, 3));
      const [m, n, k] = [random.int(1, 40), random.int(1, 40), random.int(1, 40)];
      const [a, aSize] = makeView(layouts[trial % 5], batch, m, k, random.int(0, 2) === 0);
      const [b, bSize] = makeView(layouts[Math.floor(trial / 5) % 5], batch, k, n, random.int(0, 2) === 0);
      check({ dtype, relaxed, batch, m, n, k, a, b }, aSize, bSize, trial, [[Number.POSITIVE_INFINITY], [1]]);
    }
  });

  it("takes operands of any layout across blocks and panels", () => {
    for (const [m, n, k, left, right] of [
      [101, 150, 90, "columns", "rows"],
      [53, 270, 401, "spread", "columns"],
      [60, 93, 31, "rows", "reversed"],
      [8, 93, 131, "reversed", "broadcast"],
    ] as const) {
      const [a, aSize] = makeView(left, [], m, k, false);
      const [b, bSize] = makeView(right, [], k, n, false);
      check({ dtype, relaxed, batch: [], m, n, k, a, b }, aSize, bSize, m + n, [[Number.POSITIVE_INFINITY], [1]]);
    }
  });

  it("folds a batch into the rows where B is shared", () => {
    const [a, aSize] = makeView("rows", [4, 5], 3, 20, false);
    const [b, bSize] = makeView("rows", [], 20, 9, false);
    const spec = { dtype, relaxed, batch: [4, 5], m: 3, n: 9, k: 20, a, b: { ...b, batch: [0, 0] } };
    expect(gemmPlan(spec).launches[0].units).toBe(1);
    check(spec, aSize, bSize, 12);
  });

  it("cuts work worth two threads into at least eight units", () => {
    for (const [m, n, k] of [
      [256, 256, 256],
      [1024, 1024, 1024],
      [64, 4096, 256],
      [4096, 64, 64],
      [512, 512, 512],
    ]) {
      const [spec] = contiguous(m, n, k);
      const [{ units, unitCost }] = gemmPlan(spec).launches;
      expect(units).toBeGreaterThanOrEqual(8);
      expect(unitCost * units).toBeGreaterThan((2 * m * n * k) / 70);
    }
  });

  it("has one module per dtype and precision, whatever the sizes", () => {
    const keys = new Set(
      [
        [64, 64, 64],
        [300, 200, 100],
        [9, 9, 9],
      ].map(([m, n, k]) => gemmPlan(contiguous(m, n, k)[0]).launches[0].key),
    );
    expect(keys.size).toBe(1);
  });
});
