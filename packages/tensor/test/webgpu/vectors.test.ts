/** Kernels and products that read and write four elements at a time, whole and with operands that do not allow it. */
import { beforeEach, describe, expect, test, type TestContext } from "vitest";
import type { KernelStep, RoutineOperand, View } from "../../src/backend/backend.ts";
import { kernelDispatch } from "../../src/backend/webgpu/dispatch.ts";
import { gemmGpu } from "../../src/backend/webgpu/gemm.wgsl.ts";
import { ExprBuilder } from "../../src/kernel/expr.ts";
import { finishKernel, type AccessSpec, type Kernel } from "../../src/kernel/kernel.ts";
import { expectSameAsOracle, expectSameBits, openBackend } from "./harness.ts";
import { runSteps, stepOf, type Data, type Launch, type Operand } from "./launch.ts";
import { grow, random, type GpuType } from "./randomKernel.ts";
import { fold } from "./randomReduction.ts";

/** Tests that take tables have no context: this one remembers it. */
let context: TestContext;
beforeEach((own) => {
  context = own;
});
const openBackendHere = (): ReturnType<typeof openBackend> => openBackend(context);

const shaderOf = (launch: Launch): string => kernelDispatch(stepOf(launch) as KernelStep)?.wgsl() ?? "";
const wideBuffers = (launch: Launch): boolean[] =>
  [...shaderOf(launch).matchAll(/var<storage, \w+> b\d+: array<(vec4)?/g)].map(([, vector]) => vector !== undefined);

/** Values of every type, some of them negative, zero or infinite. */
function values(seed: number, dtype: GpuType, size: number): Data {
  const r = random(seed);
  if (dtype === "bool") return Uint8Array.from({ length: size }, () => r.int(2));
  if (dtype === "f32")
    return Float32Array.from({ length: size }, () => (r.chance(0.01) ? -Infinity : r.int(999) / 8 - 60));
  const words = Int32Array.from({ length: size }, () => r.int(2 ** 32) | 0);
  return dtype === "i32" ? words : new Uint32Array(words.buffer);
}

const ROWS = 128;
const COLUMNS = 520;

/** Ways in which an operand of [128, 520] lies in memory, with the number of its elements. */
const LAYOUTS = {
  contiguous: [{ offset: 0, strides: [COLUMNS, 1] }, ROWS * COLUMNS],
  "moved by a vector": [{ offset: 8, strides: [COLUMNS, 1] }, ROWS * COLUMNS + 8],
  "moved by an element": [{ offset: 3, strides: [COLUMNS, 1] }, ROWS * COLUMNS + 3],
  "odd rows": [{ offset: 0, strides: [COLUMNS + 1, 1] }, ROWS * (COLUMNS + 1)],
  row: [{ offset: 4, strides: [0, 1] }, COLUMNS + 4],
  column: [{ offset: 0, strides: [1, 0] }, ROWS],
  transposed: [{ offset: 0, strides: [1, ROWS] }, ROWS * COLUMNS],
} as const satisfies Record<string, readonly [Omit<View, "slot">, number]>;
type Layout = keyof typeof LAYOUTS;

/** A map over [128, 520] of operands in layouts, with one result of each type and one in a layout of its own. */
function mapOf(seed: number, layouts: readonly Layout[], out: Layout): Launch {
  const b = new ExprBuilder();
  const types = ["f32", "i32", "u32", "bool"] as const;
  const accesses: AccessSpec[] = [];
  const views: View[] = [];
  const operands: Operand[] = [];
  const access = (dtype: GpuType, use: "load" | "store", layout: Layout): number => {
    const [{ offset, strides }, size] = LAYOUTS[layout];
    views.push({ slot: operands.length, offset, strides });
    operands.push({ dtype, data: values(seed + operands.length, dtype, size) });
    return accesses.push({ dtype, use, classes: strides.map((s) => (s === 0 ? "0" : s === 1 ? "1" : "k")) }) - 1;
  };
  const loads = layouts.map((layout, i) => {
    const dtype = types[(seed + i) % 4];
    return b.load(dtype, access(dtype, "load", layout));
  });
  views.push({ slot: -1, offset: -5, strides: [3, 2] });
  const iota = b.iota(accesses.push({ dtype: null, use: "iota", classes: ["k", "k"] }) - 1);
  const known = grow(random(seed), b, [...loads, iota], 12);
  const stores = [...types, "i32" as const].map((dtype, k) => ({
    access: access(dtype, "store", k === types.length ? out : "contiguous"),
    value: known[dtype].at(-1 - (k === types.length ? 1 : 0)) ?? known[dtype][0],
  }));
  const kernel = finishKernel({
    dims: 2,
    reduceDims: 0,
    accesses,
    params: [],
    stores,
    vector: "parallel",
    split: false,
  });
  return { kernel, sizes: [ROWS, COLUMNS], accesses: views, operands };
}

describe("maps", () => {
  const cases: [number, Layout[], Layout][] = [
    [1, ["contiguous", "contiguous"], "contiguous"],
    [2, ["moved by a vector", "row", "column"], "moved by a vector"],
    [3, ["moved by an element", "contiguous"], "moved by an element"],
    [4, ["odd rows", "transposed", "contiguous"], "odd rows"],
    [5, ["column", "row"], "transposed"],
    [6, ["contiguous", "moved by an element", "moved by a vector"], "contiguous"],
  ];
  test.each(cases)("seed %i: %j to %s", async (seed, layouts, out) => {
    const launch = mapOf(seed, layouts, out);
    const fits: readonly Layout[] = ["contiguous", "moved by a vector", "row"];
    const expected = [...layouts.map((l) => fits.includes(l)), true, true, true, true, fits.includes(out)];
    expect(wideBuffers(launch)).toEqual(expected);
  });
  test.each(cases)("seed %i: %j to %s: the same as the oracle", async (seed, layouts, out) => {
    await expectSameAsOracle(await openBackendHere(), mapOf(seed, layouts, out));
  });

  test("long expressions, short loops and odd ends are left alone", () => {
    const long = mapOf(1, ["contiguous"], "contiguous");
    const b = new ExprBuilder();
    let value = b.load("f32", 0);
    for (let i = 0; i < 70; i++) value = b.add(b.mul(value, value), b.const("f32", i));
    const heavy: Kernel = finishKernel({
      dims: 1,
      reduceDims: 0,
      accesses: [
        { dtype: "f32", use: "load", classes: ["1"] },
        { dtype: "f32", use: "store", classes: ["1"] },
      ],
      params: [],
      stores: [{ access: 1, value }],
      vector: "parallel",
      split: false,
    });
    const views = [0, 1].map((slot) => ({ slot, offset: 0, strides: [1] }));
    expect(wideBuffers({ kernel: heavy, sizes: [2 ** 20], accesses: views, operands: [] })).toEqual([false, false]);
    expect(wideBuffers({ ...long, sizes: [16, COLUMNS] })).not.toContain(true);
    expect(wideBuffers({ ...long, sizes: [ROWS, COLUMNS - 1] })).not.toContain(true);
  });
});

describe("reductions", () => {
  /** Sums of rows with a broadcast factor and the position, so that all three kinds of operands occur. */
  function rows(offset: number, parallel: number, length: number, block?: number): Launch {
    const b = new ExprBuilder();
    const split = block !== undefined;
    const lead = split ? [block, length] : [length];
    const classes = (s: readonly number[]): AccessSpec["classes"] =>
      s.map((x) => (x === 0 ? "0" : x === 1 ? "1" : "k"));
    const strides = [
      [...lead, 1],
      [...(split ? [0] : []), 1, 0],
      [...(split ? [block] : []), 0, 1],
    ];
    const outer = split ? [Math.ceil(length / block), parallel] : [parallel];
    const results = [...outer.map((_, d) => (d === 0 ? outer.slice(1).reduce((x, y) => x * y, 1) : 1)), 0];
    const x = b.load("i32", 0);
    const value = b.add(b.mul(x, b.load("i32", 1)), b.iota(2));
    const kernel = finishKernel({
      dims: outer.length,
      reduceDims: 1,
      accesses: [
        { dtype: "i32", use: "load", classes: classes(strides[0]) },
        { dtype: "i32", use: "load", classes: classes(strides[1]) },
        { dtype: null, use: "iota", classes: classes(strides[2]) },
        { dtype: "i32", use: "store", classes: classes(results) },
      ],
      params: [],
      stores: [{ access: 3, value: b.acc("i32", 0) }],
      reduce: fold(b, 0, "i32", 0, value, (p, q) => b.add(p, q)),
      vector: "reduce",
      split,
    });
    return {
      kernel,
      sizes: [...outer, length],
      block,
      accesses: [
        { slot: 0, offset, strides: strides[0] },
        { slot: 1, offset: 0, strides: strides[1] },
        { slot: -1, offset: 7, strides: strides[2] },
        { slot: 2, offset: 0, strides: results },
      ],
      operands: [
        { dtype: "i32", data: values(1, "i32", offset + parallel * length) },
        { dtype: "i32", data: values(2, "i32", parallel) },
        {
          dtype: "i32",
          data: values(
            3,
            "i32",
            outer.reduce((p, q) => p * q, 1),
          ),
        },
      ],
    };
  }

  const cases: [string, Launch, boolean][] = [
    ["one long row", rows(0, 1, 10_004), true],
    ["rows", rows(4, 5, 1200), true],
    ["short rows", rows(0, 7, 256), true],
    ["rows that begin at odd places", rows(1, 5, 1200), false],
    ["blocks", rows(0, 3, 3000, 1024), true],
    ["rows of odd length", rows(0, 5, 1201), false],
  ];
  test.each(cases)("%s", async (_, launch, wide) => {
    expect(wideBuffers(launch)).toEqual([wide, false, false]);
    await expectSameAsOracle(await openBackendHere(), launch);
  });

  /** Sums of columns, in blocks of rows or at once, with a factor per column and the position. */
  function columns(offset: number, rows: number, width: number, block: number | undefined, moved = 0): Launch {
    const b = new ExprBuilder();
    const split = block !== undefined;
    const blocks = split ? Math.ceil(rows / block) : 1;
    const outer = split ? [blocks, width] : [width];
    const lead = (first: number, rest: number[]): number[] => (split ? [first, ...rest] : rest);
    const strides = [
      lead(width * (block ?? 0), [1, width]),
      lead(0, [1, 0]),
      lead(block ?? 0, [0, 1]),
      lead(width, [1, 0]),
    ];
    const spec = (s: readonly number[]): AccessSpec["classes"] => s.map((x) => (x === 0 ? "0" : x === 1 ? "1" : "k"));
    const value = b.add(b.mul(b.load("i32", 0), b.load("i32", 1)), b.iota(2));
    const kernel = finishKernel({
      dims: outer.length,
      reduceDims: 1,
      accesses: strides.map((s, i) => ({
        dtype: i === 2 ? null : "i32",
        use: i === 2 ? "iota" : i === 3 ? "store" : "load",
        classes: spec(s),
      })),
      params: [],
      stores: [{ access: 3, value: b.acc("i32", 0) }],
      reduce: fold(b, 0, "i32", 0, value, (p, q) => b.add(p, q)),
      vector: "parallel",
      split,
    });
    return {
      kernel,
      sizes: [...outer, rows],
      block,
      accesses: [
        { slot: 0, offset, strides: strides[0] },
        { slot: 1, offset: moved, strides: strides[1] },
        { slot: -1, offset: 7, strides: strides[2] },
        { slot: 2, offset: 0, strides: strides[3] },
      ],
      operands: [
        { dtype: "i32", data: values(1, "i32", offset + rows * width) },
        { dtype: "i32", data: values(2, "i32", moved + width) },
        { dtype: "i32", data: values(3, "i32", blocks * width) },
      ],
    };
  }

  test.each<[string, Launch, boolean[]]>([
    ["columns", columns(0, 5, 2 ** 15, undefined), [true, true, true]],
    ["columns that begin at odd places", columns(3, 3, 2 ** 15, undefined), [false, true, true]],
    ["factors that begin at odd places", columns(4, 3, 2 ** 15, undefined, 1), [true, false, true]],
    ["blocks of columns", columns(0, 45, 2 ** 13, 10), [true, true, true]],
    ["few columns", columns(0, 5, 2 ** 14, undefined), [false, false, false]],
    ["an odd number of columns", columns(0, 3, 2 ** 15 + 1, undefined), [false, false, false]],
  ])("%s", async (_, launch, wide) => {
    expect(wideBuffers(launch)).toEqual(wide);
    await expectSameAsOracle(await openBackendHere(), launch);
  });

  test("float sums do not depend on where the operand begins", async () => {
    const b = new ExprBuilder();
    const n = 5000;
    const kernel = finishKernel({
      dims: 1,
      reduceDims: 1,
      accesses: [
        { dtype: "f32", use: "load", classes: ["0", "1"] },
        { dtype: "f32", use: "store", classes: ["k", "0"] },
      ],
      params: [],
      stores: [{ access: 1, value: b.acc("f32", 0) }],
      reduce: fold(b, 0, "f32", 0, b.load("f32", 0), (x, y) => b.add(x, y)),
      vector: "reduce",
      split: false,
    });
    const data = Float32Array.from({ length: n }, (_, i) => Math.fround(Math.sin(i) * 10 ** (i % 5)));
    const results = await Promise.all(
      [0, 1, 4].map(async (offset) => {
        const moved = new Float32Array(n + offset);
        moved.set(data, offset);
        const launch: Launch = {
          kernel,
          sizes: [1, n],
          accesses: [
            { slot: 0, offset, strides: [0, 1] },
            { slot: 1, offset: 0, strides: [0, 0] },
          ],
          operands: [
            { dtype: "f32", data: moved },
            { dtype: "f32", data: new Float32Array(1) },
          ],
        };
        const [, sum] = await runSteps(await openBackendHere(), [stepOf(launch)], launch.operands);
        return sum[0];
      }),
    );
    expect(results[1]).toBe(results[0]);
    expect(results[2]).toBe(results[0]);
  });
});

describe("products", () => {
  const along = (first: number, second: number, transposed: boolean): number[] =>
    transposed ? [first * second, 1, first] : [first * second, second, 1];
  const kinds = [
    [false, false, "vectors of a along k, of b along n", "abc"],
    [true, false, "both across", "abc"],
    [false, true, "both along k", "abc"],
    [true, true, "a along m, b along k", "abc"],
  ] as const;

  /** A product of small integers with operands at an offset, and its shader's name. */
  async function multiply(
    size: readonly [number, number, number, number],
    transposed: readonly [boolean, boolean],
    offset: number,
  ): Promise<string> {
    const [batch, m, k, n] = size;
    const r = random(3);
    const data = [batch * m * k, batch * k * n].map((length) =>
      Float32Array.from({ length: length + offset }, () => r.int(17) - 8),
    );
    const [as, bs] = [along(m, k, transposed[0]), along(k, n, transposed[1])];
    const operand = (slot: number, shape: number[], strides: number[], start: number): RoutineOperand => ({
      slot,
      offset: start,
      strides,
      shape,
      dtype: "f32",
    });
    const inputs = [operand(0, [batch, m, k], as, offset), operand(1, [batch, k, n], bs, offset)];
    const outputs = [operand(2, [batch, m, n], along(m, n, false), 0)];
    const expected = new Float32Array(batch * m * n);
    for (let s = 0, at = 0; s < batch; s++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++, at++) {
          let sum = 0;
          for (let p = 0; p < k; p++) {
            sum +=
              data[0][offset + s * as[0] + i * as[1] + p * as[2]] * data[1][offset + s * bs[0] + p * bs[1] + j * bs[2]];
          }
          expected[at] = sum;
        }
      }
    }
    const routine = { name: "gemm", js: () => undefined, gpu: gemmGpu };
    const step = { kind: "routine", routine, attr: null, inputs, outputs } as const;
    const operands: Operand[] = [...data, new Float32Array(expected.length).fill(77)].map((x) => ({
      dtype: "f32",
      data: x,
    }));
    const results = await runSteps(await openBackendHere(), [step], operands);
    expectSameBits(results[2], expected);
    return gemmGpu(inputs, outputs, null)?.dispatches[0].key ?? "";
  }

  test.each(kinds)("staged, transposed %s and %s: %s", async (a, b, _, flags) => {
    // 68 is not a multiple of the 64 results of a workgroup, and 36 none of the 16 terms of a slab.
    expect(await multiply([11, 68, 36, 132], [a, b], 4)).toMatch(new RegExp(`^gemm/${flags}/44/[mk][nk]$`));
  });

  test("direct: vectors across alone", async () => {
    expect(await multiply([3, 200, 8, 100], [false, false], 0)).toBe("gemm/bc/44/direct");
    expect(await multiply([3, 200, 8, 100], [true, false], 0)).toBe("gemm/abc/44/direct");
    expect(await multiply([3, 200, 8, 100], [false, true], 0)).toBe("gemm/c/44/direct");
  });

  test("operands that begin at odd places, or have odd rows, are read one by one", async () => {
    expect(await multiply([11, 68, 36, 132], [false, false], 1)).toBe("gemm/c/44/kn");
    expect(await multiply([11, 68, 37, 131], [false, false], 0)).toBe("gemm/44/kn");
  });
});
