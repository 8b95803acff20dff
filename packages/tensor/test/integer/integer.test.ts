import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { astype, registerBackend, tensor, withDevice } from "@ansatz/tensor";
import "@ansatz/tensor/half";
import { INT8_LONGEST, int4Matmul, int8Matmul, packRows, prepareInt8 } from "@ansatz/tensor/integer";
import { webgpu } from "@ansatz/tensor/webgpu";
import { readyOrNotice } from "@ansatz/webgpu-testing/availability";
import { createDawn } from "@ansatz/webgpu-testing/dawn";
import { dotKind } from "../../src/integer/dot.ts";
import { panelsOracle } from "../../src/integer/oracle.ts";

// What devices lack is tried too: "cpu without dot" is the cpu device told that four products are one too many.
vi.mock("../../src/integer/dot.ts", { spy: true });
afterEach(() => void vi.mocked(dotKind).mockReset());

const devices = ["cpu", "js"];
const dawn = readyOrNotice(await createDawn({ backend: "swiftshader" }));
if (dawn !== undefined) {
  registerBackend(await webgpu({ gpu: dawn.gpu }));
  devices.push("webgpu");
}

/** The GPU with a WGSL that lacks all optional features: the product of four bytes among them. */
const plainGpu = dawn && {
  wgslLanguageFeatures: new Set(),
  requestAdapter: (options?: GPURequestAdapterOptions) => dawn.gpu.requestAdapter(options),
};

function random(seed: number): (below: number) => number {
  let s = seed;
  return (below) => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return Math.floor((s / 2 ** 32) * below);
  };
}

interface Product {
  readonly a: Int8Array | Uint8Array;
  readonly b: Int8Array | Uint8Array;
  readonly zeros: Int32Array<ArrayBuffer>;
  readonly aZero: number;
  readonly expected: Int32Array;
}

function product(seed: number, m: number, n: number, k: number, aSigned: boolean, bSigned: boolean): Product {
  const next = random(seed);
  const codes = (count: number, signed: boolean): Int8Array | Uint8Array => {
    // Extremes are frequent: they are what saturating instructions get wrong.
    const values = Uint8Array.from({ length: count }, () => [0, 127, 128, 255, next(256), next(256)][next(6)]);
    return signed ? new Int8Array(values.buffer) : values;
  };
  const a = codes(m * k, aSigned);
  const b = codes(n * k, bSigned);
  const zeros = Int32Array.from(codes(n, bSigned));
  const aZero = next(256) - (aSigned ? 128 : 0);
  const expected = Int32Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let p = 0; p < k; p++) sum += (a[i * k + p] - aZero) * (b[j * k + p] - zeros[j]);
    return sum;
  });
  return { a, b, zeros, aZero, expected };
}

const SHAPES = [
  [1, 1, 1],
  [1, 9, 17],
  [2, 17, 47],
  [3, 5, 32],
  [4, 33, 7],
  [5, 8, 64],
  [7, 13, 33],
  [6, 24, 4],
  [13, 200, 50],
  [18, 17, 20],
  [100, 3, 16],
] as const;

test("the product of four bytes of WGSL is tried where Dawn runs", () => {
  if (dawn !== undefined) expect(dawn.gpu.wgslLanguageFeatures.has("packed_4x8_integer_dot_product")).toBe(true);
});

const restricted = devices.flatMap((device) => (device === "js" ? [device] : [device, `${device} without dot`]));

describe.each(restricted)("int8Matmul on %s", (name) => {
  const [device, restriction] = name.split(" ");
  if (device === "webgpu") {
    const gpu = restriction === undefined ? dawn?.gpu : (plainGpu as GPU | undefined);
    beforeAll(async () => void (await webgpu({ gpu })));
  }
  for (const [m, n, k] of SHAPES) {
    test(`[${m}, ${k}] by [${n}, ${k}], all signs`, async () => {
      if (restriction !== undefined) vi.mocked(dotKind).mockReturnValue("none");
      for (const aSigned of [false, true]) {
        for (const bSigned of [false, true]) {
          const { a, b, zeros, aZero, expected } = product(m + n + k, m, n, k, aSigned, bSigned);
          const words = Math.ceil(k / 4);
          const c = withDevice(device, () =>
            int8Matmul(
              tensor(packRows(a, m, k), { shape: [m, words] }),
              tensor(packRows(b, n, k), { shape: [n, words] }),
              {
                k,
                aSigned,
                bSigned,
                aZero,
                bZero: tensor(zeros),
              },
            ),
          );
          expect(c.dtype).toBe("i32");
          expect(await c.data()).toEqual(expected);
          const weight = withDevice(device, () =>
            prepareInt8(tensor(packRows(b, n, k), { shape: [n, words] }), { k, bSigned, bZero: tensor(zeros) }),
          );
          const left = withDevice(device, () => tensor(packRows(a, m, k), { shape: [m, words] }));
          // The second product finds the weight as the first left it.
          const again = (): Promise<unknown> => int8Matmul(left, weight, { aSigned, aZero }).data();
          expect([await again(), await again()]).toEqual([expected, expected]);
          weight.dispose();
        }
      }
    });
  }
});

test.each(["unsigned", "none"] as const)("prepared weights are those of the oracle (%s)", async (kind) => {
  vi.mocked(dotKind).mockReturnValue(kind);
  const [n, k] = [11, 37];
  const words = Math.ceil(k / 4);
  for (const bSigned of [true, false]) {
    const { b } = product(9, 1, n, k, false, bSigned);
    const weight = withDevice("cpu", () =>
      prepareInt8(tensor(packRows(b, n, k), { shape: [n, words] }), { k, bSigned }),
    );
    const found = (await weight.panels?.data()) as Uint32Array;
    const expected = new Uint32Array(found.length).fill(5);
    const operand = { strides: [], dtype: "u32", offset: 0 } as const;
    panelsOracle(
      [{ ...operand, data: packRows(b, n, k), shape: [n, words] }],
      [{ ...operand, data: expected, shape: [found.length] }],
      { k, bSigned, width: weight.width },
    );
    expect(found).toEqual(expected);
  }
});

test("panels that were made for other instructions are not read", async () => {
  vi.mocked(dotKind).mockReturnValue("unsigned");
  const { a, b, expected, aZero, zeros } = product(3, 17, 9, 20, false, true);
  const weight = prepareInt8(tensor(packRows(b, 9, 20), { shape: [9, 5] }), { k: 20, bZero: tensor(zeros) });
  vi.mocked(dotKind).mockReturnValue("none");
  const c = int8Matmul(tensor(packRows(a, 17, 20), { shape: [17, 5] }), weight, { aZero });
  expect(await c.data()).toEqual(expected);
});

test.each(["unsigned", "signed"] as const)(
  "the dot product of engines that take bytes as %s, on seven bits",
  async (kind) => {
    // With seven bits every engine's instruction is exact, so that its use is tried wherever it exists.
    vi.mocked(dotKind).mockReturnValue(kind);
    const [m, n, k] = [19, 13, 33];
    const next = random(5);
    const a = Uint8Array.from({ length: m * k }, () => next(128));
    const b = Int8Array.from({ length: n * k }, () => next(256) - 128);
    const codes = kind === "unsigned" ? a : new Int8Array(a.buffer);
    const [x, y] = [tensor(packRows(codes, m, k), { shape: [m, 9] }), tensor(packRows(b, n, k), { shape: [n, 9] })];
    const c = withDevice("cpu", () => int8Matmul(x, y, { k, aSigned: kind === "signed", aZero: 3 }));
    const expected = Int32Array.from({ length: m * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      let sum = 0;
      for (let p = 0; p < k; p++) sum += (a[i * k + p] - 3) * b[j * k + p];
      return sum;
    });
    expect(await c.data()).toEqual(expected);
  },
);

test.each(restricted)("the longest sums of the largest products fit on %s", async (name) => {
  const [device, restriction] = name.split(" ");
  if (restriction !== undefined) vi.mocked(dotKind).mockReturnValue("none");
  if (device === "webgpu") await webgpu({ gpu: restriction === undefined ? dawn?.gpu : (plainGpu as GPU | undefined) });
  const k = INT8_LONGEST.plain;
  const words = Math.ceil(k / 4);
  const [a, b] = [new Uint8Array(k).fill(255), new Int8Array(k).fill(-128)];
  const c = withDevice(device, () =>
    int8Matmul(tensor(packRows(a, 1, k), { shape: [1, words] }), tensor(packRows(b, 1, k), { shape: [1, words] }), {
      k,
    }),
  );
  expect(await c.data()).toEqual(Int32Array.of(255 * -128 * k));
});

test("bytes behind the end of a row do not count", async () => {
  const words = Uint32Array.of(0xffffff02);
  const c = int8Matmul(tensor(words, { shape: [1, 1] }), tensor(words, { shape: [1, 1] }), { k: 1, aZero: 1 });
  expect(await c.data()).toEqual(Int32Array.of(2));
});

test("bad arguments are named", () => {
  const words = tensor(new Uint32Array(4), { shape: [2, 2] });
  expect(() => int8Matmul(words, words, { k: 9 })).toThrow("shapes do not fit k = 9");
  expect(() => int8Matmul(words, words, { k: INT8_LONGEST.plain + 1 })).toThrow("k is out of range (got 65794");
  expect(() => int8Matmul(words, words, { k: 8, aZero: -1 })).toThrow("aZero is out of range (got -1");
  const wrong = tensor([1, 2, 3], { dtype: "i32" });
  expect(() => int8Matmul(words, words, { k: 8, bZero: wrong })).toThrow("bZero does not fit");
  expect(() => int8Matmul(tensor([[1, 2]]), words, { k: 8 })).toThrow("bytes come packed in words (got f32");
  expect(() => packRows(new Uint8Array(5), 2, 3)).toThrow("a wrong number of codes (got 5");
  expect(() => prepareInt8(words, { k: 9 })).toThrow("prepareInt8: the shape does not fit k = 9 (got [2,2]");
  expect(() => prepareInt8(words, { k: 0 })).toThrow("k is out of range (got 0");
  expect(() => prepareInt8(words, { k: 8, bZero: wrong })).toThrow("prepareInt8: bZero does not fit");
  const weight = prepareInt8(words, { k: 8 });
  expect(() => int8Matmul(words, weight, { k: 8 } as object)).toThrow("k");
  expect(() => int8Matmul(tensor(new Uint32Array(1), { shape: [1, 1] }), weight)).toThrow("shapes do not fit k = 8");
  expect(() => int8Matmul(words, {} as never, { k: 8 })).toThrow("must be a tensor");
});

describe.each(devices)("int4Matmul on %s", (device) => {
  test.each([
    [1, 3, 64, 32],
    [1, 40, 256, 128],
    [4, 7, 64, 64],
    [7, 17, 96, 32],
    [2, 5, 48, 16],
  ])("x [%i, k], weight [%i, %i], groups of %i", async (m, n, k, group) => {
    const next = random(m + n + k);
    const x = Float32Array.from({ length: m * k }, () => next(2001) / 1000 - 1);
    const codes = Uint8Array.from({ length: n * k }, () => next(16));
    const groups = k / group;
    const scale = Float32Array.from({ length: n * groups }, () => 0.1 + next(100) / 100);
    const zero = Float32Array.from({ length: n * groups }, () => next(16));
    const words = new Uint32Array((n * k) / 8);
    codes.forEach((code, i) => {
      words[i >> 3] |= code << (4 * (i & 7));
    });
    const y = await withDevice(device, () =>
      int4Matmul(
        tensor(x, { shape: [m, k] }),
        tensor(words, { shape: [n, k / 8] }),
        tensor(scale, { shape: [n, groups] }),
        tensor(zero, { shape: [n, groups] }),
        { group },
      ),
    ).data();
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let [sum, terms] = [0, 0];
        for (let p = 0; p < k; p++) {
          const g = j * groups + Math.floor(p / group);
          sum += scale[g] * (codes[j * k + p] - zero[g]) * x[i * k + p];
          terms += Math.abs(scale[g] * codes[j * k + p] * x[i * k + p]) + Math.abs(scale[g] * zero[g] * x[i * k + p]);
        }
        expect(Math.abs(y[i * n + j] - sum)).toBeLessThanOrEqual(2e-5 * terms);
      }
    }
  });
});

test.each(devices)("int4Matmul takes halves on %s", async (device) => {
  const next = random(3);
  const [y, expected] = withDevice(device, () => {
    const x = tensor(
      Float32Array.from({ length: 3 * 64 }, () => next(2001) / 1000 - 1),
      { shape: [3, 64] },
    );
    const codes = tensor(
      Uint32Array.from({ length: 5 * 8 }, () => next(2 ** 32)),
      { shape: [5, 8] },
    );
    const scale = tensor(
      Float32Array.from({ length: 5 * 2 }, () => 0.1 + next(100) / 100),
      { shape: [5, 2] },
    );
    const zero = tensor(new Float32Array(10).fill(7), { shape: [5, 2] });
    const halves = [x, scale].map((t) => astype(t, "f16"));
    const floats = halves.map((t) => astype(t, "f32"));
    return [halves, floats].map(([a, b]) => int4Matmul(a, codes, b, zero, { group: 32 }));
  });
  expect(y.dtype).toBe("f32");
  expect(await y.data()).toEqual(await expected.data());
});

test("bad arguments of int4Matmul are named", () => {
  const x = tensor(new Float32Array(64), { shape: [1, 64] });
  const codes = tensor(new Uint32Array(8), { shape: [1, 8] });
  const scale = tensor(new Float32Array(2), { shape: [1, 2] });
  expect(() => int4Matmul(x, codes, scale, scale, { group: 12 })).toThrow("group is out of range (got 12");
  expect(() => int4Matmul(x, codes, scale, scale, { group: 64 })).toThrow("scale does not fit (got [1,2]");
  expect(() => int4Matmul(x, scale, scale, scale, { group: 32 })).toThrow("codes has a wrong type (got f32");
});
