import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { DType, Tensor } from "@ansatz/tensor";
import * as special from "@ansatz/tensor/special";
import { ELEMENTWISE, expectClose, gradcheck, type ElementwiseEntry } from "@ansatz/tensor/testing";
import { seeded } from "../support/random.ts";
import { testDevices } from "../support/devices.ts";

const devices = await testDevices();
const COUNT = 203;

/** What each operation means on numbers of a type. */
const REFERENCE: Record<string, (dtype: DType, x: number, y: number) => number> = {
  add: (d, x, y) => wrap(d, x + y),
  sub: (d, x, y) => wrap(d, x - y),
  mul: (d, x, y) => (isInt(d) ? wrap(d, Math.imul(x, y)) : x * y),
  div: (_, x, y) => x / y,
  neg: (d, x) => wrap(d, -x),
  abs: (_, x) => Math.abs(x),
  sign: (_, x) => Math.sign(x),
  minimum: (_, x, y) => Math.min(x, y),
  maximum: (_, x, y) => Math.max(x, y),
  sqrt: (_, x) => Math.sqrt(x),
  mod: (d, x, y) => (isInt(d) && y === 0 ? 0 : x - Math.floor(x / y) * y),
  floorDiv: (d, x, y) => (isInt(d) && y === 0 ? 0 : wrap(d, Math.floor(x / y))),
  floor: (_, x) => Math.floor(x),
  ceil: (_, x) => Math.ceil(x),
  trunc: (_, x) => Math.trunc(x),
  round: (_, x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
  equal: (_, x, y) => Number(x === y),
  notEqual: (_, x, y) => Number(x !== y),
  less: (_, x, y) => Number(x < y),
  lessEqual: (_, x, y) => Number(x <= y),
  greater: (_, x, y) => Number(x > y),
  greaterEqual: (_, x, y) => Number(x >= y),
  isNaN: (_, x) => Number(Number.isNaN(x)),
  isFinite: (_, x) => Number(Number.isFinite(x)),
  logicalAnd: (_, x, y) => x & y,
  logicalOr: (_, x, y) => x | y,
  logicalXor: (_, x, y) => x ^ y,
  logicalNot: (_, x) => 1 - x,
  bitwiseAnd: (d, x, y) => wrap(d, x & y),
  bitwiseOr: (d, x, y) => wrap(d, x | y),
  bitwiseXor: (d, x, y) => wrap(d, x ^ y),
  bitwiseNot: (d, x) => (d === "bool" ? 1 - x : wrap(d, ~x)),
  shiftLeft: (d, x, y) => wrap(d, x << y),
  shiftRight: (d, x, y) => (d === "u32" ? x >>> y : x >> y),
  mulhi: (_, x, y) => Number((BigInt(x) * BigInt(y)) >> 32n),
  countLeadingZeros: (_, x) => Math.clz32(x),
  exp: (_, x) => Math.exp(x),
  exp2: (_, x) => 2 ** x,
  expm1: (_, x) => Math.expm1(x),
  log: (_, x) => Math.log(x),
  log2: (_, x) => Math.log2(x),
  log10: (_, x) => Math.log10(x),
  log1p: (_, x) => Math.log1p(x),
  sin: (_, x) => Math.sin(x),
  cos: (_, x) => Math.cos(x),
  tan: (_, x) => Math.tan(x),
  tanh: (_, x) => Math.tanh(x),
  sigmoid: (_, x) => 1 / (1 + Math.exp(-x)),
  softplus: (_, x) => Math.log1p(Math.exp(x)),
  asin: (_, x) => Math.asin(x),
  acos: (_, x) => Math.acos(x),
  atan: (_, x) => Math.atan(x),
  atan2: (_, y, x) => Math.atan2(y, x),
  sinh: (_, x) => Math.sinh(x),
  cosh: (_, x) => Math.cosh(x),
  asinh: (_, x) => Math.asinh(x),
  acosh: (_, x) => Math.acosh(x),
  atanh: (_, x) => Math.atanh(x),
  pow: (_, x, y) => x ** y,
  cbrt: (_, x) => Math.cbrt(x),
  rsqrt: (_, x) => 1 / Math.sqrt(x),
  hypot: (_, x, y) => Math.hypot(x, y),
  erf: (_, x) => erfSeries(x),
  erfc: (_, x) => 1 - erfSeries(x),
  erfinv: (_, x) => erfInverse(x),
  lgamma: (_, x) => logGamma(x),
  digamma: (_, x) => digammaSeries(x),
};

function isInt(d: DType): boolean {
  return d === "i32" || d === "u32";
}

function wrap(d: DType, x: number): number {
  return d === "i32" ? x | 0 : d === "u32" ? x >>> 0 : x;
}

/** erf(x) = 2/sqrt(pi) e^(-x^2) sum 2^n x^(2n+1) / (2n+1)!!: all terms have one sign, so nothing cancels. */
function erfSeries(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 120; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

/** Newton's iteration on the series above. */
function erfInverse(p: number): number {
  let x = p;
  for (let i = 0; i < 40; i++) x -= ((erfSeries(x) - p) * Math.sqrt(Math.PI) * Math.exp(x * x)) / 2;
  return x;
}

/** Stirling's series after stepping up to x >= 14; reflection below 1/2. */
function logGamma(x: number): number {
  if (x <= 0 && Number.isInteger(x)) return Infinity;
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  let shift = 1;
  let z = x;
  for (; z < 14; z++) shift *= z;
  const s = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188].reduce((a, c, k) => a + c / z ** (2 * k + 1), 0);
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + s - Math.log(shift);
}

function digammaSeries(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Infinity : -Infinity;
  if (x < 0 && Number.isInteger(x)) return NaN;
  if (x < 0.5) return digammaSeries(1 - x) - Math.PI / Math.tan(Math.PI * x);
  let steps = 0;
  let z = x;
  for (; z < 14; z++) steps += 1 / z;
  const s = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132].reduce((a, c, k) => a + c / z ** (2 * k + 2), 0);
  return Math.log(z) - 1 / (2 * z) - s - steps;
}

function accepted(e: ElementwiseEntry): DType[] {
  const lists: Record<string, DType[]> = {
    any: ["bool", "i32", "u32", "f32", "f64"],
    number: ["i32", "u32", "f32", "f64"],
    float: ["f32", "f64"],
    int: ["i32", "u32"],
    bool: ["bool"],
    bits: ["bool", "i32", "u32"],
  };
  return lists[e.op.row.accepts];
}

function operands(e: ElementwiseEntry, dtype: DType, seed: number): number[][] {
  const r = seeded(seed);
  return e.domain.map(([low, high]) =>
    Array.from({ length: COUNT }, (_, i) => {
      if (dtype === "bool") return r.int(0, 1);
      if (dtype === "i32") return i < 4 ? r.pick([0, 1, -1, high]) | 0 : r.int(Math.ceil(low), Math.floor(high));
      if (dtype === "u32") return r.int(0, Math.floor(high));
      const v = low + r.next() * (high - low);
      const rounded = r.next() < 0.3 ? Math.min(high, Math.max(low, Math.round(v))) : v;
      return dtype === "f32" ? Math.fround(rounded) : rounded;
    }),
  );
}

function toTensor(values: readonly number[], dtype: DType, device: string): Tensor {
  return T.tensor(values, { dtype, device });
}

describe.each(devices)("elementwise operations on %s", (device) => {
  const dtypes = (e: ElementwiseEntry): DType[] =>
    accepted(e).filter((d) => T.backendOf(device).dtypes.has(d as T.RealDType));

  it.each(ELEMENTWISE.map((e) => [e.op.name, e] as const))("%s equals its definition", async (name, e) => {
    for (const dtype of dtypes(e)) {
      const xs = operands(e, dtype, name.length);
      const out = e.apply(...xs.map((x) => toTensor(x, dtype, device)));
      const got = await out.data();
      const want = xs[0].map((x, i) => REFERENCE[name](dtype, x, xs[1]?.[i] ?? 0));
      const exact = !T.isFloat(out.dtype);
      const relative = exact ? 0 : dtype === "f32" ? 4e-7 : 4e-15;
      // mod and the sine near its zeros cancel: their error is relative to the operands.
      // The references of lgamma and digamma cancel here; test/math measures them against exact values.
      const absolute = exact ? 0 : dtype === "f32" ? 1e-6 : name.endsWith("gamma") ? 4e-14 : 4e-15;
      expectClose(got, want, { relative, absolute }, `${name} ${dtype}`);
    }
  });
});

describe("elementwise operations", () => {
  it("have the same bits on js and cpu, special values included", async () => {
    const special = [
      0,
      -0,
      1,
      -1,
      Infinity,
      -Infinity,
      NaN,
      1e-45,
      -1e-40,
      3.4e38,
      -3.4e38,
      0.5,
      1.5,
      1e10,
      -2.5,
      87,
      -104,
    ];
    for (const e of ELEMENTWISE) {
      for (const dtype of accepted(e)) {
        const float = T.isFloat(dtype);
        const grid =
          e.domain.length === 1 ? special.map((x) => [x]) : special.flatMap((x) => special.map((y) => [x, y]));
        const columns = e.domain.map((_, k) => (float ? grid.map((row) => row[k]) : operands(e, dtype, 5)[k]));
        const [js, cpu] = await Promise.all(
          ["js", "cpu"].map((device) => e.apply(...columns.map((x) => toTensor(x, dtype, device))).data()),
        );
        expect([...cpu], `${e.op.name} ${dtype}`).toEqual([...js]);
      }
    }
  });

  it("each have a reference here and stand in the registry once", () => {
    const names = ELEMENTWISE.map((e) => e.op.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((n) => REFERENCE[n] === undefined)).toEqual([]);
  });

  it("are all in the registry when they are exported", () => {
    const names = new Set(ELEMENTWISE.map((e) => e.op.name));
    const x = T.tensor([0.5, 0.25]);
    const w = T.tensor([1, 2], { dtype: "i32" });
    const seen: string[] = [];
    for (const [name, f] of Object.entries({ ...T, ...special }) as [string, unknown][]) {
      if (typeof f !== "function" || /^[A-Z]|^to$/.test(name)) continue;
      for (const args of [[x], [x, x], [w], [w, w]]) {
        let y: unknown;
        try {
          y = (f as (...a: unknown[]) => unknown)(...args);
        } catch {
          continue;
        }
        if (y instanceof T.Tensor && y.op.kind === "map" && y.op.name === name) seen.push(name);
      }
    }
    expect(seen.length).toBeGreaterThan(30);
    const missing = [...new Set(seen)].filter(
      (n) => !names.has(n) && !["stopGradient", "where", "bitcast", "astype", "angle", "complex"].includes(n),
    );
    expect(missing).toEqual([]);
  });

  it.each(ELEMENTWISE.filter((e) => e.op.vjp !== undefined).map((e) => [e.op.name, e] as const))(
    "%s has the right gradient",
    async (_, e) => {
      const r = seeded(11);
      const inputs = e.domain.map(([low, high]) => {
        // Stay inside the domain and off the integers, where kinks and jumps are.
        const values = Array.from({ length: 6 }, () => {
          const v = low + (high - low) * (0.05 + 0.9 * r.next());
          return Math.abs(v - Math.round(v)) < 0.02 ? v + 0.05 : v;
        });
        return T.tensor(Float64Array.from(values), { shape: [2, 3] }) as Tensor<"f64">;
      });
      await gradcheck(e.apply, inputs);
    },
  );
});
