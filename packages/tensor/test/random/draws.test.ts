import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDawn } from "@ansatz/webgpu-testing/dawn";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { createWebGPUBackend, type WebGPUBackend } from "../../src/backend/webgpu/webgpu.ts";
import { requestDevice } from "../../src/backend/webgpu/request.ts";
import { registerBackend } from "../../src/device.ts";
import type { Tensor } from "../../src/tensor.ts";
import { add, mul } from "../../src/ops/arith.ts";
import { tensor } from "../../src/ops/create.ts";
import {
  bernoulli,
  bits,
  categorical,
  gumbel,
  key,
  keyTensor,
  normal,
  permutation,
  rademacher,
  randint,
  truncatedNormal,
  uniform,
  type DrawOptions,
} from "../../src/random.ts";
import { normalTable } from "../../src/random/normalTable.ts";
import { compile } from "../../src/transform/compile.ts";
import { scope } from "../../src/transform/scope.ts";
import { referenceNormal, referencePair, referenceRound } from "./reference.ts";

const swiftshader = await createDawn({ backend: "swiftshader" });
let gpu: WebGPUBackend | undefined;

beforeAll(async () => {
  if (swiftshader.status !== "ready") return;
  gpu = createWebGPUBackend((await requestDevice({ gpu: swiftshader.gpu })).device);
  registerBackend(gpu);
});

afterAll(() => {
  gpu?.destroy();
  if (swiftshader.status === "ready") swiftshader.release();
});

const k = key(0x0123456789abcdefn);
const table = normalTable();

function word(i: number): number {
  const [x0, x1] = referencePair(k.k0, k.k1, Math.floor(i / 2 ** 32), i % 2 ** 32);
  return (x0 ^ x1) >>> 0;
}

/** The upper 52 bits of a block as an integer. */
function upper52(i: number): bigint {
  const [x0, x1] = referencePair(k.k0, k.k1, 0, i);
  return ((BigInt(x0) << 32n) | BigInt(x1)) >> 12n;
}

async function values(t: Tensor): Promise<number[]> {
  return Array.from(await t.data());
}

const first = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Draws whose bits are the same on every device, with an independent computation of element i. */
const EXACT: { name: string; draw: (o: DrawOptions, n: number[]) => Tensor; at: (i: number) => number }[] = [
  { name: "bits", draw: (o, n) => bits(k, n, o as DrawOptions<"u32">), at: word },
  { name: "uniform", draw: (o, n) => uniform(k, n, o as DrawOptions<"f32">), at: (i) => (word(i) >>> 9) / 2 ** 23 },
  {
    name: "normal",
    draw: (o, n) => normal(k, n, o as DrawOptions<"f32">),
    at: (i) => referenceRound(referenceNormal(table, word(i))),
  },
  {
    name: "randint",
    draw: (o, n) => randint(k, n, -3, 1000, o as DrawOptions<"i32">),
    at: (i) => {
      const [x0, x1] = referencePair(k.k0, k.k1, Math.floor(i / 2 ** 32), i % 2 ** 32);
      return Number((1003n * ((BigInt(x0) << 32n) | BigInt(x1))) >> 64n) - 3;
    },
  },
  {
    name: "randint of all u32",
    draw: (o, n) => randint(k, n, 0, 2 ** 32, { ...o, dtype: "u32" }),
    at: (i) => referencePair(k.k0, k.k1, Math.floor(i / 2 ** 32), i % 2 ** 32)[0],
  },
  {
    name: "rademacher",
    draw: (o, n) => rademacher(k, n, o as DrawOptions<"f32">),
    at: (i) => (word(i) >= 2 ** 31 ? -1 : 1),
  },
];

describe.each(["js", "cpu", "webgpu"])("on %s", (device) => {
  it.for(EXACT)("$name has the specified values", async ({ draw, at }, context) => {
    if (device === "webgpu") readyOrSkip(swiftshader, context);
    expect(await values(draw({ device }, [7, 3, 5]))).toEqual(first(105).map(at));
  });

  it.for(EXACT)("$name of a slice is the slice of the draw", async ({ draw, at }, context) => {
    if (device === "webgpu") readyOrSkip(swiftshader, context);
    const whole = await values(draw({ device }, [50]));
    expect(await values(draw({ device, offset: 11 }, [20]))).toEqual(whole.slice(11, 31));
    const far = 3 * 2 ** 32 - 5;
    expect(await values(draw({ device, offset: far }, [10]))).toEqual(first(10).map((i) => at(far + i)));
  });
});

describe("B1: 1e5 elements on all devices", () => {
  const same = [EXACT[0], EXACT[1], EXACT[2]];
  it.for(same)("$name", async ({ draw }, context) => {
    readyOrSkip(swiftshader, context);
    const [js, cpu, webgpu] = await Promise.all(
      ["js", "cpu", "webgpu"].map((device) => draw({ device }, [100_000]).data()),
    );
    // Bytes, so that signs of zero count.
    const bytes = (x: ArrayBufferView): Buffer => Buffer.from(x.buffer, x.byteOffset, x.byteLength);
    expect(bytes(cpu).equals(bytes(js))).toBe(true);
    expect(bytes(webgpu).equals(bytes(js))).toBe(true);
  });
});

describe("f64 draws", () => {
  it("take 52 bits of both words", async () => {
    const u = await values(uniform(k, [40], { dtype: "f64" }));
    expect(u).toEqual(first(40).map((i) => Number(upper52(i)) / 2 ** 52));
  });

  it("agree on the oracle and WebAssembly, and in slices", async () => {
    for (const draw of [
      (o: DrawOptions<"f64">, n: number) => normal(k, n, o),
      (o: DrawOptions<"f64">, n: number) => gumbel(k, n, o),
      (o: DrawOptions<"f64">, n: number) => truncatedNormal(k, n, -1, 2, o),
      (o: DrawOptions<"f64">, n: number) => uniform(k, n, { ...o, low: -3, high: 5 }),
    ]) {
      const [js, cpu] = await Promise.all(["js", "cpu"].map((device) => values(draw({ dtype: "f64", device }, 500))));
      expect(cpu).toEqual(js);
      expect(await values(draw({ dtype: "f64", offset: 100 }, 50))).toEqual(cpu.slice(100, 150));
    }
  });

  it("do not exist on WebGPU", (context) => {
    readyOrSkip(swiftshader, context);
    expect(() => normal(k, [2], { dtype: "f64", device: "webgpu" })).toThrow(
      "normal: f64 does not exist on device webgpu",
    );
  });
});

/** Mean and variance of a sample. */
function moments(x: readonly number[]): [number, number] {
  const mean = x.reduce((s, v) => s + v, 0) / x.length;
  return [mean, x.reduce((s, v) => s + (v - mean) ** 2, 0) / x.length];
}

describe("distributions", () => {
  const n = 200_000;

  it("uniform covers [low, high) and never reaches high", async () => {
    const x = await values(uniform(k, [n], { low: -2, high: 6 }));
    const [mean, variance] = moments(x);
    expect(Math.abs(mean - 2)).toBeLessThan(4 * Math.sqrt(64 / 12 / n));
    expect(Math.abs(variance / (64 / 12) - 1)).toBeLessThan(4 * Math.sqrt(0.8 / n));
    expect(Math.min(...x.slice(0, 1e5))).toBeGreaterThanOrEqual(-2);
    // Between neighbouring floats every sum rounds to one of the two; only the lower one may come out.
    const high = 1 + 2 ** -23;
    expect(new Set(await values(uniform(k, [1000], { low: 1, high })))).toEqual(new Set([1]));
    expect(new Set(await values(uniform(k, [1000], { low: -(2 ** -149), high: 0 })))).toEqual(new Set([-(2 ** -149)]));
  });

  it("normal in f64 has the moments of the normal distribution", async () => {
    const x = await values(normal(k, [n], { dtype: "f64" }));
    const [mean, variance] = moments(x);
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  });

  it("randint gives every value equally often", async () => {
    const counts = new Array<number>(7).fill(0);
    for (const v of await values(randint(k, [n], 0, 7))) counts[v]++;
    // Chi square with 6 degrees of freedom: above 25 with probability 3e-4.
    expect(counts.reduce((s, c) => s + (c - n / 7) ** 2 / (n / 7), 0)).toBeLessThan(25);
  });

  it.each([
    ["f32", -0.5, 2],
    ["f32", 1, Infinity],
    ["f32", -Infinity, 0],
    ["f64", -3, -2],
    ["f64", 5, 8],
  ] as const)("truncatedNormal in %s stays within [%d, %d] with the right mean", async (dtype, low, high) => {
    const x = await values(truncatedNormal(k, [n], low, high, { dtype }));
    for (const v of x) if (!(v >= low && v <= high)) throw new Error(`${v} outside`);
    // E[z | low <= z <= high] = (pdf(low) - pdf(high)) / P by Simpson's rule for P.
    const pdf = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const [a, b] = [Math.max(low, -12), Math.min(high, 12)];
    const steps = 2000;
    let mass = pdf(a) + pdf(b);
    for (let i = 1; i < steps; i++) mass += (i % 2 ? 4 : 2) * pdf(a + ((b - a) * i) / steps);
    mass *= (b - a) / steps / 3;
    const [mean, variance] = moments(x);
    expect(Math.abs(mean - (pdf(a) - pdf(b)) / mass)).toBeLessThan(4.5 * Math.sqrt(variance / n));
  });

  it("truncatedNormal without bounds that matter is the normal of the word's order", async () => {
    const x = await values(truncatedNormal(k, [2000], -Infinity, Infinity));
    const expected = first(2000).map((i) => {
      const high = referencePair(k.k0, k.k1, 0, i)[0];
      return referenceRound(referenceNormal(table, high >= 2 ** 31 ? 2 ** 32 - 1 - high : high + 2 ** 31));
    });
    expect(x).toEqual(expected);
  });

  it("bernoulli is uniform < p", async () => {
    const u = await values(uniform(k, [1000]));
    expect(await values(bernoulli(k, 0.3, [1000]))).toEqual(u.map((v) => Number(v < Math.fround(0.3))));
    expect(await values(bernoulli(k, 0, [100]))).toEqual(first(100).fill(0));
    expect(await values(bernoulli(k, 1, [100]))).toEqual(first(100).fill(1));
    const p = tensor([0, 0.5, 1]);
    expect(await values(bernoulli(k, p))).toEqual([0, Number(u[1] < 0.5), 1]);
    const rows = await values(bernoulli(k, p, [200, 3]));
    expect(rows).toEqual(u.slice(0, 600).map((v, i) => Number(v < [0, 0.5, 1][i % 3])));
  });

  it("gumbel has its mean and variance", async () => {
    for (const dtype of ["f32", "f64"] as const) {
      const [mean, variance] = moments(await values(gumbel(k, [n], { dtype })));
      expect(Math.abs(mean - 0.5772156649015329)).toBeLessThan(4 * Math.sqrt(1.645 / n));
      expect(Math.abs(variance / (Math.PI ** 2 / 6) - 1)).toBeLessThan(4 * Math.sqrt(4.4 / n));
    }
  });

  it("categorical follows softmax along the axis", async () => {
    const logits = tensor([
      [0, 5],
      [Math.log(2), -Infinity],
      [Math.log(5), 4],
    ]);
    const count = 40_000;
    const x = await values(categorical(k, logits, { axis: 0, count }));
    const share = (column: number, category: number): number =>
      x.filter((v, i) => i % 2 === column && v === category).length / count;
    const close = (got: number, p: number): void =>
      expect(Math.abs(got - p)).toBeLessThanOrEqual(4 * Math.sqrt((p * (1 - p)) / count));
    [1 / 8, 2 / 8, 5 / 8].forEach((p, c) => close(share(0, c), p));
    [Math.E / (1 + Math.E), 0, 1 / (1 + Math.E)].forEach((p, c) => close(share(1, c), p));
    const one = categorical(k, logits, { axis: 0 });
    expect(one.shape).toEqual([2]);
    expect(one.dtype).toBe("i32");
  });

  it("permutation follows Fisher and Yates with blocks of consecutive counters", async () => {
    const size = 1000;
    const order: number[] = [];
    for (let i = 0; i < size; i++) {
      const [x0, x1] = referencePair(k.k0, k.k1, 0, i);
      const j = Number((BigInt(i + 1) * ((BigInt(x0) << 32n) | BigInt(x1))) >> 64n);
      order.push(i);
      [order[i], order[j]] = [order[j], order[i]];
    }
    const got = await values(permutation(k, size));
    expect(got).toEqual(order);
    expect([...got].sort((a, b) => a - b)).toEqual(first(size));
    expect(await values(permutation(k, 0))).toEqual([]);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = permutation(k.fold(i), 3).dataSync().join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const c of counts.values()) expect(Math.abs(c - 1000)).toBeLessThan(5 * Math.sqrt(1000 * (5 / 6)));
  });
});

describe("draws in the graph", () => {
  it("fuse with what follows and keep their values", async () => {
    const z = normal(k, [300]);
    const y = await values(add(mul(z, 2), 1));
    expect(y).toEqual((await values(normal(k, [300]))).map((v) => Math.fround(Math.fround(v * 2) + 1)));
  });

  it("do nothing for shapes without elements and take a number as a shape", async () => {
    expect(await values(normal(k, [0, 3]))).toEqual([]);
    expect(uniform(k, 4).shape).toEqual([4]);
    expect(normal(k, []).shape).toEqual([]);
    expect(await values(bits(k, []))).toEqual([word(0)]);
    expect(normal(k, [1, 2, 1, 2, 1, 2, 1, 2]).ndim).toBe(8);
  });

  it("survive a scope that makes the first draw on a device, and later ones", async () => {
    const x = scope(() => add(normal(k, [4]), 0));
    expect(await values(x)).toEqual(await values(normal(k, [4])));
  });

  it("take keys as tensors, which compiled functions can be given anew", async () => {
    expect(await values(normal(keyTensor(k), [50]))).toEqual(await values(normal(k, [50])));
    expect(await values(uniform(keyTensor(k), [5], { offset: 3 }))).toEqual((await values(uniform(k, [8]))).slice(3));
    let traced = 0;
    const noisy = compile((words: Tensor, x: Tensor) => {
      traced++;
      return add(x, normal(words as Tensor<"u32">, x.shape));
    });
    const x = tensor(new Float32Array(9));
    for (let step = 0; step < 3; step++) {
      const stepKey = k.fold(step);
      expect(await values(noisy(keyTensor(stepKey), x))).toEqual(await values(normal(stepKey, [9])));
    }
    expect(traced).toBe(1);
  });
});

describe("wrong arguments", () => {
  const cases: [string, () => unknown, string][] = [
    [
      "no key",
      () => normal(7 as never, [2]),
      "normal: the first argument must be a key (got 7, expected a Key). Make one with key(seed).",
    ],
    [
      "a tensor that is no key",
      () => bits(tensor([1, 2]) as never, [2]),
      "bits: a key given as a tensor must hold its two words (got f32[2], expected u32[2]). Use keyTensor(key).",
    ],
    [
      "a tensor key for a permutation",
      () => permutation(keyTensor(k) as never, 3),
      "permutation: the first argument must be a key (got an object, expected a Key).",
    ],
    [
      "an unknown option",
      () => normal(k, [2], { mean: 1 } as never),
      'normal: unknown option (got "mean", expected one of dtype, device, offset).',
    ],
    [
      "an unknown option of bernoulli",
      () => bernoulli(k, 0.5, [2], { dtype: "f32" } as never),
      'bernoulli: unknown option (got "dtype", expected one of device, offset).',
    ],
    ["an unknown dtype", () => uniform(k, [2], { dtype: "f8" as never }), 'uniform: unknown dtype (got "f8"'],
    [
      "a dtype that is not drawn",
      () => normal(k, [2], { dtype: "i32" as never }),
      "normal: dtype not accepted (got i32, expected f32, f64).",
    ],
    [
      "a negative size",
      () => normal(k, [-1]),
      "normal: sizes must be non-negative integers (got -1 at axis 0 of [-1]).",
    ],
    [
      "a negative offset",
      () => normal(k, [1], { offset: -1 }),
      "normal: offset must be a non-negative integer (got -1, expected 0 to 9007199254740991).",
    ],
    ["an unknown device", () => normal(k, [1], { device: "tpu" }), 'device: no such device (got "tpu"'],
    [
      "uniform bounds in the wrong order",
      () => uniform(k, [1], { low: 1, high: 1 }),
      "uniform: low must be less than high, and both finite in f32 (got 1 and 1).",
    ],
    [
      "uniform bounds that round to one f32",
      () => uniform(k, [1], { low: 1, high: 1 + 1e-9 }),
      "uniform: low must be less than high",
    ],
    [
      "uniform bounds too far apart",
      () => uniform(k, [1], { low: -3e38, high: 3e38 }),
      "uniform: low must be less than high, and both finite",
    ],
    [
      "randint bounds in the wrong order",
      () => randint(k, [1], 3, 3),
      "randint: low must be less than high, and both integers from -2147483648 to 2147483648 for i32 (got 3 and 3).",
    ],
    [
      "randint bounds outside the dtype",
      () => randint(k, [1], -1, 3, { dtype: "u32" }),
      "both integers from 0 to 4294967296 for u32 (got -1 and 3).",
    ],
    ["a fractional randint bound", () => randint(k, [1], 0, 2.5), "(got 0 and 2.5)"],
    [
      "truncatedNormal bounds in the wrong order",
      () => truncatedNormal(k, [1], 2, 1),
      "truncatedNormal: low must be less than high (got 2 and 1).",
    ],
    [
      "a NaN bound",
      () => truncatedNormal(k, [1], NaN, 1),
      "truncatedNormal: low must be less than high (got NaN and 1).",
    ],
    [
      "an improbable range",
      () => truncatedNormal(k, [1], 5, 6),
      'truncatedNormal: the range holds too little probability (got 2.86e-7 for [5, 6], expected at least 0.000244 in f32). Try dtype "f64".',
    ],
    [
      "an impossible range in f64",
      () => truncatedNormal(k, [1], 9, 10, { dtype: "f64" }),
      "truncatedNormal: the range holds too little probability (got 0.00 for [9, 10], expected at least 9.31e-10 in f64).",
    ],
    [
      "a probability above 1",
      () => bernoulli(k, 1.5, [1]),
      "bernoulli: p must be a probability (got 1.5, expected a number in [0, 1]).",
    ],
    [
      "integer probabilities",
      () => bernoulli(k, tensor([1], { dtype: "i32" })),
      "bernoulli: p must hold probabilities (got i32, expected f32 or f64).",
    ],
    [
      "probabilities that do not fit the shape",
      () => bernoulli(k, tensor([[0.5], [0.5]]), [3]),
      "bernoulli: p does not broadcast to the shape (got [2,1], expected to fit [3]).",
    ],
    [
      "integer logits",
      () => categorical(k, tensor([1], { dtype: "i32" })),
      "categorical: logits must be floating point (got i32, expected an f32 or f64 tensor).",
    ],
    [
      "an axis out of range",
      () => categorical(k, tensor([1, 2]), { axis: 1 }),
      "categorical: axis out of range (got 1, expected an integer in [-1, 0]).",
    ],
    [
      "a fractional count",
      () => categorical(k, tensor([1, 2]), { count: 1.5 }),
      "categorical: count must be a non-negative integer (got 1.5).",
    ],
    [
      "a fractional permutation",
      () => permutation(k, 1.5),
      "permutation: n must be a non-negative integer (got 1.5, expected 0 to 2147483647).",
    ],
  ];
  it.each(cases)("%s is an error", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
