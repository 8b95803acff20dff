import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Complex, ComplexDType, Tensor } from "@ansatz/tensor";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";
import { seeded, type Random } from "../support/random.ts";
import { testDevices } from "../support/devices.ts";

const devices = await testDevices();

const z = (re: number, im: number): Complex => ({ re, im });
const times = (a: Complex, b: Complex): Complex => z(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
const over = (a: Complex, b: Complex): Complex => {
  const d = b.re ** 2 + b.im ** 2;
  return z((a.re * b.re + a.im * b.im) / d, (a.im * b.re - a.re * b.im) / d);
};
const polar = (r: number, t: number): Complex => z(r * Math.cos(t), r * Math.sin(t));
const size = (a: Complex): number => Math.hypot(a.re, a.im);
const angle = (a: Complex): number => Math.atan2(a.im, a.re);

function numbers(r: Random, count: number): Complex[] {
  return Array.from({ length: count }, () => z(4 * r.next() - 2, 4 * r.next() - 2));
}

const flat = (xs: readonly Complex[]): number[] => xs.flatMap((x) => [x.re, x.im]);

describe.each(devices)("complex tensors on %s", (device) => {
  const dtypes = (["c64", "c128"] as const).filter((d) => T.backendOf(device).dtypes.has(d === "c64" ? "f32" : "f64"));
  const make = (xs: readonly Complex[], dtype: ComplexDType, shape = [xs.length]): Tensor =>
    T.tensor(Float64Array.from(flat(xs)), { dtype, shape, device });
  const close = async (t: Tensor, want: readonly Complex[], what: string): Promise<void> => {
    const tolerance = t.dtype === "c64" ? 2e-6 : 2e-15;
    expectClose(await t.data(), flat(want), { relative: tolerance, absolute: 4 * tolerance }, what);
  };

  const binary: Record<string, [(x: Tensor, y: Tensor) => Tensor, (x: Complex, y: Complex) => Complex]> = {
    add: [T.add, (x, y) => z(x.re + y.re, x.im + y.im)],
    sub: [T.sub, (x, y) => z(x.re - y.re, x.im - y.im)],
    mul: [T.mul, times],
    div: [T.div, over],
  };
  const unary: Record<string, [(x: Tensor) => Tensor, (x: Complex) => Complex]> = {
    neg: [T.neg, (x) => z(-x.re, -x.im)],
    conj: [T.conj, (x) => z(x.re, -x.im)],
    square: [T.square, (x) => times(x, x)],
    exp: [T.exp, (x) => polar(Math.exp(x.re), x.im)],
    log: [T.log, (x) => z(Math.log(size(x)), angle(x))],
    sqrt: [T.sqrt, (x) => polar(Math.sqrt(size(x)), angle(x) / 2)],
    sin: [T.sin, (x) => z(Math.sin(x.re) * Math.cosh(x.im), Math.cos(x.re) * Math.sinh(x.im))],
    cos: [T.cos, (x) => z(Math.cos(x.re) * Math.cosh(x.im), -Math.sin(x.re) * Math.sinh(x.im))],
  };

  it.each(dtypes)("%s: arithmetic and functions", async (dtype) => {
    const r = seeded(4);
    const xs = numbers(r, 21);
    const ys = numbers(r, 21);
    for (const [name, [f, want]] of Object.entries(binary)) {
      await close(
        f(make(xs, dtype), make(ys, dtype)),
        xs.map((x, i) => want(x, ys[i])),
        name,
      );
    }
    for (const [name, [f, want]] of Object.entries(unary)) await close(f(make(xs, dtype)), xs.map(want), name);
    for (const f of [T.abs, T.angle, T.real, T.imag]) {
      const want = { abs: size, angle, real: (x: Complex) => x.re, imag: (x: Complex) => x.im }[f.name] as (
        x: Complex,
      ) => number;
      const y = f(make(xs, dtype));
      expect(y.dtype).toBe(dtype === "c64" ? "f32" : "f64");
      expectClose(await y.data(), xs.map(want), { relative: 1e-6, absolute: 1e-6 }, f.name);
    }
  });

  it("mixes with real tensors and numbers", async () => {
    const x = T.tensor([z(1, 2), z(3, -1)], { device });
    expect(x.dtype).toBe("c64");
    await close(T.add(T.mul(x, 2), T.tensor([10, 20], { device })), [z(12, 4), z(26, -2)], "real");
    expect(T.add(x, T.tensor([1, 2], { dtype: "i32", device })).dtype).toBe("c64");
    await close(T.complex(T.tensor([1, 2], { device }), T.tensor(5, { device })), [z(1, 5), z(2, 5)], "complex");
    await close(T.astype(T.tensor([1, 2], { device }), "c64"), [z(1, 0), z(2, 0)], "astype");
    expect([...(await T.equal(x, T.tensor([z(1, 2), z(3, 1)], { device })).data())]).toEqual([1, 0]);
    await close(T.where(T.tensor([true, false], { device }), x, 7), [z(1, 2), z(7, 0)], "where");
    expect(await T.slice(x, [0]).item()).toEqual(z(1, 2));
  });

  it("moves, reduces and multiplies like real ones", async () => {
    const r = seeded(6);
    const xs = numbers(r, 24);
    const x = make(xs, "c64", [2, 3, 4]);
    const at = (i: number, j: number, k: number): Complex => xs[(i * 3 + j) * 4 + k];
    const list = <V>(n: number, f: (i: number) => V): V[] => Array.from({ length: n }, (_, i) => f(i));
    const total = (v: Complex[]): Complex => v.reduce((a, b) => z(a.re + b.re, a.im + b.im));
    await close(
      T.permute(x, [2, 0, 1]),
      list(4, (k) => list(2, (i) => list(3, (j) => at(i, j, k)))).flat(2),
      "permute",
    );
    await close(T.flip(T.reshape(x, [24])), xs.toReversed(), "flip");
    await close(
      T.sum(x, { axis: [0, 2] }),
      list(3, (j) => total(list(2, (i) => list(4, (k) => at(i, j, k))).flat())),
      "sum",
    );
    await close(T.mul(T.mean(x), 24), [total(xs)], "mean");
    await close(
      T.slice(T.pad(x, [1, 0, 2]), [1, 2]),
      [z(0, 0), z(0, 0), ...list(4, (k) => at(0, 2, k)), z(0, 0), z(0, 0)],
      "pad",
    );
    await close(
      T.concat([x, T.conj(x)], 0).slice([3]),
      list(3, (j) => list(4, (k) => z(at(1, j, k).re, -at(1, j, k).im))).flat(),
      "concat",
    );
    await close(
      T.take(x, T.tensor([2, -3], { dtype: "i32", device }), 1).slice([1]),
      [2, 0].flatMap((j) => list(4, (k) => at(1, j, k))),
      "take",
    );
    const product = list(2, (i) =>
      list(3, (j) => list(3, (l) => total(list(4, (k) => times(at(i, j, k), at(i, l, k)))))),
    ).flat(2);
    await close(T.matmul(x, T.transpose(x)), product, "matmul");
    const norm = Math.sqrt(xs.reduce((s, v) => s + size(v) ** 2, 0));
    expect(await T.norm(x).item()).toBeCloseTo(norm, 4);
  });

  it("goes to pairs and back without arithmetic", async () => {
    const x = T.tensor(
      [
        [z(1, 2), z(3, 4)],
        [z(5, 6), z(7, 8)],
      ],
      { device },
    );
    const pairs = T.asReal(x);
    expect(pairs.shape).toEqual([2, 2, 2]);
    expect([...(await pairs.data())]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...(await T.asReal(T.transpose(T.mul(x, 2))).data())]).toEqual([2, 4, 10, 12, 6, 8, 14, 16]);
    await close(T.asComplex(T.add(pairs, 1)), [z(2, 3), z(4, 5), z(6, 7), z(8, 9)], "back");
    await close(T.asComplex(T.flip(pairs, 2)), [z(2, 1), z(4, 3), z(6, 5), z(8, 7)], "swapped");
  });

  it("runs compiled", async () => {
    const f = T.compile((a: Tensor, s: Tensor) => T.exp(T.mul(a, s))) as unknown as (a: Tensor, s: number) => Tensor;
    const xs = [z(0.5, 1), z(-1, 2)];
    await close(
      f(make(xs, "c64"), 0.5),
      xs.map((x) => polar(Math.exp(x.re / 2), x.im / 2)),
      "compiled",
    );
  });
});

describe("gradients through complex numbers", () => {
  const r = seeded(9);
  const f64 = (shape: number[]): Tensor<"f64"> =>
    T.tensor(
      Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.3 + r.next()),
      { shape },
    ) as Tensor<"f64">;
  const cases: Record<string, (x: Tensor, y: Tensor) => Tensor> = {
    mul: (x, y) => T.mul(x, y),
    div: (x, y) => T.div(x, y),
    "functions of one": (x, y) => T.add(T.add(T.exp(x), T.log(y)), T.add(T.sqrt(x), T.mul(T.sin(y), T.cos(x)))),
    abs: (x, y) => T.complex(T.abs(x), T.abs(T.sub(x, y))),
    "conj, where": (x, y) => T.where(T.greater(T.real(x), 0.8), T.conj(x), T.mul(x, y)),
    matmul: (x, y) => T.matmul(T.reshape(x, [2, 2]), T.reshape(y, [2, 2])),
    "sum and views": (x, y) => T.mul(T.sum(x), T.flip(T.concat([y, x], 0))),
    pairs: (x, y) => T.asComplex(T.mul(T.asReal(x), T.asReal(y))),
    norm: (x, y) => T.astype(T.add(T.norm(x), T.variance(y)), "c128"),
  };
  it.each(Object.entries(cases))("%s", async (_, f) => {
    await gradcheck(
      (a, b, c, d) => {
        const w = f(T.complex(a, b), T.complex(c, d));
        return T.asReal(w);
      },
      [f64([4]), f64([4]), f64([4]), f64([4])],
    );
  });

  it("descend: z - rate * grad lowers a real loss", async () => {
    const target = T.tensor([z(1, -2)], { dtype: "c128" });
    const loss = (x: Tensor): Tensor => T.sum(T.square(T.abs(T.sub(x, target))));
    let x: Tensor = T.tensor([z(0, 0)], { dtype: "c128" });
    for (let i = 0; i < 60; i++) x = T.sub(x, T.mul(T.grad(loss)(x), 0.2));
    expectClose(await x.data(), [1, -2], { absolute: 1e-9 });
  });
});

describe("errors", () => {
  it("say what complex numbers cannot do", () => {
    const x = T.tensor([z(1, 2)]);
    expect(() => T.less(x, 1)).toThrow(
      "less: complex numbers are not accepted (got c64, expected a real type). Use real(), imag() or abs().",
    );
    expect(() => T.max(x)).toThrow(/^max: dtype not accepted \(got c64/);
    expect(() => T.astype(x, "f32")).toThrow(
      "astype: a complex number has no f32 value (got c64). Use real(), imag() or abs().",
    );
    expect(() => T.asComplex(T.ones([3]))).toThrow("asComplex: the last axis must have size 2 (got shape [3]).");
    expect(() => T.grad((y: Tensor) => T.sum(y))(x)).toThrow(/^grad: the function must return floats \(got c64/);
    expect(() => T.complex(x, x)).toThrow(/^complex: parts must be real/);
    expect(() => T.tensor([z(1, 2)], { dtype: "f32" })).toThrow(/^tensor: complex values do not fit the dtype/);
  });
});
