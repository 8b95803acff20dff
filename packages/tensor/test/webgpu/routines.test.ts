/** Matrix products, convolutions and scatterAdd on small integers, for which f32 sums are exact in every order. */
import { beforeEach, describe, expect, test, type TestContext } from "vitest";
import type { GpuRoutine, Routine, RoutineOperand } from "../../src/backend/backend.ts";
import { conv2dGpu, conv2dWeightGradientGpu } from "../../src/backend/webgpu/conv.wgsl.ts";
import { gemmGpu } from "../../src/backend/webgpu/gemm.wgsl.ts";
import { chooseSplits, chooseTile } from "../../src/backend/webgpu/product.wgsl.ts";
import { scatterAddGpu } from "../../src/backend/webgpu/scatter.wgsl.ts";
import type { RealDType as DType } from "../../src/dtype.ts";
import { expectSameBits, openBackend } from "./harness.ts";
import { runSteps, type Data, type Operand } from "./launch.ts";
import { random, randomView, type Random } from "./randomKernel.ts";

/** Tests that take tables have no context: this one remembers it. */
let context: TestContext;
beforeEach((own) => {
  context = own;
});

function count(shape: readonly number[]): number {
  return shape.reduce((a, n) => a * n, 1);
}

function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, d) => count(shape.slice(d + 1)));
}

function smallIntegers(r: Random, dtype: DType, size: number): Data {
  const values = Array.from({ length: size }, () => r.int(17) - 8);
  if (dtype === "f32") return Float32Array.from(values);
  return dtype === "i32" ? Int32Array.from(values) : Uint32Array.from(values);
}

/** A routine operand with its data and a reader by index. */
interface Tensor {
  readonly operand: RoutineOperand;
  readonly data: Operand;
  readonly at: (...index: number[]) => number;
}

function tensor(view: Omit<RoutineOperand, "dtype" | "shape">, shape: readonly number[], data: Operand): Tensor {
  const at = (...index: number[]): number =>
    data.data[index.reduce((sum, i, d) => sum + i * view.strides[d], view.offset)];
  return { operand: { ...view, shape, dtype: data.dtype }, data, at };
}

/** A tensor in a random layout: axes in any order, some reversed or repeated, gaps, an offset. */
function scattered(r: Random, slot: number, shape: readonly number[]): Tensor {
  const { view, size } = randomView(r, slot, shape, true);
  return tensor(view, shape, { dtype: "f32", data: smallIntegers(r, "f32", Math.max(size, 0)) });
}

function contiguous(slot: number, shape: readonly number[], data: Data, dtype: DType): Tensor {
  return tensor({ slot, offset: 0, strides: rowMajor(shape) }, shape, { dtype, data });
}

/** Runs a routine with one output of a shape and returns the output. */
async function runRoutine(
  context: TestContext,
  gpu: GpuRoutine,
  inputs: readonly Tensor[],
  shape: readonly number[],
  attr: unknown,
): Promise<Data> {
  const backend = await openBackend(context);
  const { dtype } = inputs[0].operand;
  // Marks show whether every element is written.
  const marks = smallIntegers(random(1), dtype, count(shape)).fill(77);
  const output = contiguous(inputs.length, shape, marks, dtype);
  const routine: Routine = { name: "test", js: () => undefined, gpu };
  const step = {
    kind: "routine",
    routine,
    attr,
    inputs: inputs.map((i) => i.operand),
    outputs: [output.operand],
  } as const;
  const results = await runSteps(backend, [step], [...inputs.map((i) => i.data), output.data]);
  return results[inputs.length];
}

describe("matrix products", () => {
  const SIZES = [
    [1, 1, 1, 1],
    [1, 3, 5, 7],
    [1, 64, 64, 64],
    [2, 65, 33, 130],
    [3, 16, 300, 5],
    [70, 9, 4, 6],
    [1, 200, 20, 200],
    [1, 4, 3000, 5],
    [2, 1, 700, 40],
    [2, 3, 0, 4],
    [0, 3, 2, 4],
    [2, 0, 2, 4],
  ];
  for (const [batch, m, k, n] of SIZES) {
    test(`[${batch}, ${m}, ${k}] x [${batch}, ${k}, ${n}]`, async (context) => {
      for (let seed = 1; seed <= 3; seed++) {
        const r = random(seed);
        const plain = seed === 1;
        const shapes = [
          [batch, m, k],
          [batch, k, n],
        ];
        const [a, b] = shapes.map((shape, slot) =>
          plain ? contiguous(slot, shape, smallIntegers(r, "f32", count(shape)), "f32") : scattered(r, slot, shape),
        );
        const expected = new Float32Array(batch * m * n);
        expected.forEach((_, at) => {
          const [s, i, j] = [Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n];
          let sum = 0;
          for (let p = 0; p < k; p++) sum += a.at(s, i, p) * b.at(s, p, j);
          expected[at] = sum;
        });
        expectSameBits(await runRoutine(context, gemmGpu, [a, b], [batch, m, n], null), expected);
      }
    });
  }

  test("tiles of all sizes and a split sum occur above", () => {
    const chosen = SIZES.map(([batch, m, k, n]) => {
      const sizes = { batch, m, k, n };
      const tile = chooseTile(sizes);
      return { ...tile, splits: chooseSplits(sizes, tile) };
    });
    expect(chosen.some((c) => c.splits > 1)).toBe(true);
    for (const size of [1, 2, 4]) {
      expect(chosen.some((c) => c.rows === size)).toBe(true);
      expect(chosen.some((c) => c.cols === size)).toBe(true);
    }
  });

  test("the convolution with many groups is staged in workgroup memory", () => {
    // 33 channels by 36 positions forwards, by 36 taps for the weights; both sums have 36 terms.
    expect(chooseTile({ batch: 64, m: 33, n: 36, k: 36 }).staged).toBe(true);
  });

  test("a large product is staged in workgroup memory, whatever the layout", async (context) => {
    const [m, k, n] = [530, 37, 490];
    expect(chooseTile({ batch: 1, m, n, k })).toEqual({ rows: 4, cols: 4, staged: true });
    const r = random(5);
    const [plainA, plainB] = [smallIntegers(r, "f32", m * k), smallIntegers(r, "f32", k * n)];
    const expected = Float32Array.from({ length: m * n }, (_, at) => {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += plainA[Math.floor(at / n) * k + p] * plainB[p * n + (at % n)];
      return sum;
    });
    const transposed = (data: Data, rows: number): Data =>
      data.map((_, at) => data[(at % rows) * (data.length / rows) + Math.floor(at / rows)]);
    const a = contiguous(0, [1, m, k], plainA, "f32");
    const b = contiguous(1, [1, k, n], plainB, "f32");
    const at = tensor({ slot: 0, offset: 0, strides: [0, 1, m] }, [1, m, k], {
      dtype: "f32",
      data: transposed(plainA, m),
    });
    const bt = tensor({ slot: 1, offset: 0, strides: [0, 1, k] }, [1, k, n], {
      dtype: "f32",
      data: transposed(plainB, k),
    });
    expectSameBits(await runRoutine(context, gemmGpu, [a, b], [1, m, n], null), expected);
    expectSameBits(await runRoutine(context, gemmGpu, [at, bt], [1, m, n], null), expected);
  });
});

interface Convolution {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly size: readonly [number, number];
  readonly stride?: readonly [number, number];
  readonly low?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly inputDilation?: readonly [number, number];
  readonly groups?: number;
}

const CONVOLUTIONS: Record<string, Convolution> = {
  "3 x 3, padded": { x: [2, 3, 8, 9], w: [5, 3, 3, 3], size: [8, 9], low: [1, 1] },
  "1 x 1": { x: [2, 33, 5, 5], w: [40, 33, 1, 1], size: [5, 5] },
  "stride and unequal axes": { x: [1, 2, 11, 7], w: [4, 2, 3, 2], size: [5, 3], stride: [2, 3], low: [1, 2] },
  dilation: { x: [2, 2, 12, 10], w: [3, 2, 3, 3], size: [8, 8], dilation: [2, 1] },
  groups: { x: [2, 6, 7, 7], w: [9, 2, 3, 3], size: [7, 7], low: [1, 1], groups: 3 },
  depthwise: { x: [1, 20, 6, 6], w: [20, 1, 3, 3], size: [6, 6], low: [1, 1], groups: 20 },
  "input dilation": { x: [2, 3, 5, 4], w: [4, 3, 3, 3], size: [9, 7], low: [1, 1], inputDilation: [2, 2] },
  "negative padding": { x: [1, 2, 9, 9], w: [2, 2, 2, 2], size: [4, 4], low: [-2, -3] },
  "all together": {
    x: [3, 4, 6, 5],
    w: [6, 2, 3, 2],
    size: [4, 6],
    stride: [3, 2],
    low: [3, 1],
    dilation: [2, 3],
    inputDilation: [2, 3],
    groups: 2,
  },
  // Large enough for workgroup memory.
  "many groups": { x: [1, 256, 6, 6], w: [2112, 4, 3, 3], size: [6, 6], low: [1, 1], groups: 64 },
  "many channels": { x: [2, 24, 10, 10], w: [70, 24, 3, 3], size: [10, 10], low: [1, 1] },
};

/** Calls `visit` for every product of a convolution with the indices of x, w and y. */
function eachProduct(c: Convolution, visit: (x: number[], w: number[], y: number[]) => void): void {
  const { x, w, size, stride = [1, 1], low = [0, 0], dilation = [1, 1], inputDilation = [1, 1], groups = 1 } = c;
  const perGroup = w[0] / groups;
  for (let at = 0; at < x[0] * w[0] * size[0] * size[1] * w[1] * w[2] * w[3]; at++) {
    const v = at % w[3];
    const u = Math.floor(at / w[3]) % w[2];
    const k = Math.floor(at / (w[2] * w[3])) % w[1];
    const position = Math.floor(at / (w[1] * w[2] * w[3]));
    const column = position % size[1];
    const row = Math.floor(position / size[1]) % size[0];
    const o = Math.floor(position / (size[0] * size[1])) % w[0];
    const image = Math.floor(position / (size[0] * size[1] * w[0]));
    const h = (row * stride[0] + u * dilation[0] - low[0]) / inputDilation[0];
    const l = (column * stride[1] + v * dilation[1] - low[1]) / inputDilation[1];
    if (!Number.isInteger(h) || !Number.isInteger(l) || h < 0 || l < 0 || h >= x[2] || l >= x[3]) continue;
    visit([image, Math.floor(o / perGroup) * w[1] + k, h, l], [o, k, u, v], [image, o, row, column]);
  }
}

function attrOf(c: Convolution): unknown {
  const { stride = [1, 1], low = [0, 0], dilation = [1, 1], inputDilation = [1, 1], groups = 1 } = c;
  return { stride, low, dilation, inputDilation, groups };
}

function flat(shape: readonly number[], index: readonly number[]): number {
  return index.reduce((at, i, d) => at * shape[d] + i, 0);
}

describe("convolutions", () => {
  for (const [name, c] of Object.entries(CONVOLUTIONS)) {
    test(name, async (context) => {
      for (let seed = 1; seed <= 2; seed++) {
        const r = random(seed);
        const [x, w] = [c.x, c.w].map((shape, slot) => scattered(r, slot, shape));
        const shape = [c.x[0], c.w[0], ...c.size];
        const expected = new Float32Array(count(shape));
        eachProduct(c, (xi, wi, yi) => (expected[flat(shape, yi)] += x.at(...xi) * w.at(...wi)));
        expectSameBits(await runRoutine(context, conv2dGpu, [x, w], shape, attrOf(c)), expected);
      }
    });

    test(`weight gradient: ${name}`, async (context) => {
      for (let seed = 1; seed <= 2; seed++) {
        const r = random(seed);
        const [x, y] = [c.x, [c.x[0], c.w[0], ...c.size]].map((shape, slot) => scattered(r, slot, shape));
        const expected = new Float32Array(count(c.w));
        eachProduct(c, (xi, wi, yi) => (expected[flat(c.w, wi)] += x.at(...xi) * y.at(...yi)));
        expectSameBits(await runRoutine(context, conv2dWeightGradientGpu, [x, y], c.w, attrOf(c)), expected);
      }
    });
  }
});

describe("convolutions in vectors", () => {
  const direct: Convolution = { x: [2, 3, 32, 33], w: [32, 3, 3, 2], size: [32, 32], low: [1, 0], dilation: [1, 2] };
  const staged: Convolution = { x: [1, 256, 10, 5], w: [2112, 4, 3, 3], size: [9, 4], low: [1, 1], groups: 64 };

  /** An operand in C order that begins at an element. */
  function from(offset: number, slot: number, shape: readonly number[], r: Random): Tensor {
    const data = smallIntegers(r, "f32", count(shape) + offset);
    return tensor({ slot, offset, strides: rowMajor(shape) }, shape, { dtype: "f32", data });
  }
  const keyOf = (gpu: GpuRoutine, inputs: readonly Tensor[], shape: readonly number[], c: Convolution): string => {
    const output = contiguous(2, shape, new Float32Array(count(shape)), "f32");
    return (
      gpu(
        inputs.map((i) => i.operand),
        [output.operand],
        attrOf(c),
      )?.dispatches[0].key ?? ""
    );
  };

  test.each([
    ["direct", direct, "conv2d/bc/44/direct"],
    ["staged", staged, "conv2d/abc/44/kn"],
  ] as const)("%s", async (_, c, key) => {
    const r = random(2);
    // Neighbours in the input begin anywhere in a vector.
    const [x, w] = [from(3, 0, c.x, r), from(4, 1, c.w, r)];
    const shape = [c.x[0], c.w[0], ...c.size];
    expect(keyOf(conv2dGpu, [x, w], shape, c)).toBe(key);
    const expected = new Float32Array(count(shape));
    eachProduct(c, (xi, wi, yi) => (expected[flat(shape, yi)] += x.at(...xi) * w.at(...wi)));
    expectSameBits(await runRoutine(context, conv2dGpu, [x, w], shape, attrOf(c)), expected);
  });

  test("weight gradient, staged", async () => {
    const c = staged;
    const r = random(3);
    const [x, y] = [from(5, 0, c.x, r), from(4, 1, [c.x[0], c.w[0], ...c.size], r)];
    expect(keyOf(conv2dWeightGradientGpu, [x, y], c.w, c)).toBe("conv2dWeightGradient/abc/44/kk");
    const expected = new Float32Array(count(c.w));
    eachProduct(c, (xi, wi, yi) => (expected[flat(c.w, wi)] += x.at(...xi) * y.at(...yi)));
    expectSameBits(await runRoutine(context, conv2dWeightGradientGpu, [x, y], c.w, attrOf(c)), expected);
  });

  test("rows that are no vectors, steps and odd weights are read one by one", () => {
    const r = random(4);
    const flags = (c: Convolution, w = from(0, 1, c.w, r)): string =>
      keyOf(conv2dGpu, [from(0, 0, c.x, r), w], [c.x[0], c.w[0], ...c.size], c);
    expect(flags({ ...staged, x: [1, 256, 10, 6], size: [9, 5] })).toBe("conv2d/a/44/kn");
    expect(flags({ ...staged, x: [1, 256, 10, 9], stride: [1, 2] })).toBe("conv2d/ac/44/kn");
    expect(flags(staged, from(1, 1, staged.w, r))).toBe("conv2d/bc/44/kn");
  });
});

describe("scatterAdd", () => {
  const CASES = [
    { name: "more positions than rows", shape: [200, 3], axis: 0, rank: 1, size: 7 },
    { name: "more rows than positions", shape: [9, 5], axis: 0, rank: 1, size: 300 },
    { name: "middle axis", shape: [4, 30, 6], axis: 1, rank: 1, size: 10 },
    { name: "indices of two axes", shape: [3, 5, 8, 2], axis: 1, rank: 2, size: 50 },
    { name: "no positions", shape: [0, 4], axis: 0, rank: 1, size: 6 },
    { name: "no rows", shape: [5, 4], axis: 0, rank: 1, size: 0 },
  ];
  for (const { name, shape, axis, rank, size } of CASES) {
    for (const dtype of ["f32", "i32", "u32"] as const) {
      test(`${name}, ${dtype}`, async (context) => {
        const r = random(3);
        const indexShape = shape.slice(axis, axis + rank);
        const x = contiguous(0, shape, smallIntegers(r, dtype, count(shape)), dtype);
        // Negative ones count from the end; a few are outside on both sides.
        const raw = Int32Array.from({ length: count(indexShape) }, () => r.int(2 * size + 4) - size - 2);
        const indices = contiguous(1, indexShape, raw, "i32");
        const before = count(shape.slice(0, axis));
        const after = count(shape.slice(axis + rank));
        const outShape = [...shape.slice(0, axis), size, ...shape.slice(axis + rank)];
        const expected = smallIntegers(r, dtype, count(outShape)).fill(0);
        for (let p = 0; p < before; p++) {
          raw.forEach((index, i) => {
            const row = index < 0 ? index + size : index;
            if (row < 0 || row >= size) return;
            for (let q = 0; q < after; q++) {
              expected[(p * size + row) * after + q] += x.data.data[(p * raw.length + i) * after + q];
            }
          });
        }
        expectSameBits(await runRoutine(context, scatterAddGpu, [x, indices], outShape, { axis, size }), expected);
      });
    }
  }

  test("contributions are added in the order of their positions", async (context) => {
    // Ones are lost once 2^25 is in the sum, so that the result tells how many came before it.
    for (const size of [2, 2000]) {
      const n = 600;
      const values = Float32Array.from({ length: n }, (_, i) => (i === 100 ? 2 ** 25 : 1));
      const x = contiguous(0, [n], values, "f32");
      const indices = contiguous(1, [n], new Int32Array(n).fill(1), "i32");
      const expected = new Float32Array(size);
      for (const v of values) expected[1] += v;
      expectSameBits(await runRoutine(context, scatterAddGpu, [x, indices], [size], { axis: 0, size }), expected);
    }
  });
});
