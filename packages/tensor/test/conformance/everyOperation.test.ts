/** Every operation on every device against the oracle, its adjoint or its gradient against differences; and none is left out. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { ELEMENTWISE, expectClose, gradcheck } from "@ansatz/tensor/testing";
import { testDevices } from "../support/devices.ts";
import { seeded } from "../support/random.ts";
import { argumentsOf, NO_OPERATIONS, OPERATIONS } from "./everyOperation.ts";

const devices = await testDevices();
const folder = new URL("../../", import.meta.url);
const cases = Object.values(OPERATIONS).flatMap((group) => Object.entries(group));

const listOf = (result: Tensor | readonly Tensor[]): readonly Tensor[] => (T.isTensor(result) ? [result] : result);
const inner = (x: Tensor, y: Tensor): Promise<unknown> => T.sum(T.mul(x, y)).item();

describe("the table", () => {
  const manifest = JSON.parse(readFileSync(new URL("package.json", folder), "utf8")) as {
    exports: Record<string, { "@ansatz/source": string }>;
  };
  const elementwise = new Set(ELEMENTWISE.map((e) => e.apply.name));

  it.each(Object.keys(OPERATIONS))("has every operation of %s, and no other", async (path) => {
    const module = (await import(new URL(manifest.exports[path]["@ansatz/source"], folder).href)) as object;
    const exported = Object.entries(module)
      .filter(([, value]) => typeof value === "function" && !/^class\b/.test(Function.prototype.toString.call(value)))
      .map(([name]) => name);
    const known = (name: string): boolean =>
      Object.hasOwn(OPERATIONS[path], name) || NO_OPERATIONS.has(name) || elementwise.has(name);
    expect(exported.filter((name) => !known(name))).toEqual([]);
    expect(Object.keys(OPERATIONS[path]).filter((name) => !exported.includes(name))).toEqual([]);
  });
});

describe.each(devices.filter((d) => d !== "js"))("on %s", (device) => {
  it.each(cases)("%s equals the oracle", async (_, operation) => {
    const before = T.configure({ precision: "strict" });
    try {
      const run = (d: string): readonly Tensor[] => listOf(operation.run(...argumentsOf(operation, d, "f32")));
      const want = run("js");
      const got = run(device);
      expect(got.map((t) => [t.dtype, t.shape, t.device])).toEqual(want.map((t) => [t.dtype, t.shape, device]));
      for (let n = 0; n < want.length; n++) {
        const exact = device === "cpu" || !(T.isFloat(want[n].dtype) || T.isComplex(want[n].dtype));
        expectClose(await got[n].data(), await want[n].data(), exact ? {} : { relative: 1e-5, absolute: 1e-5 });
      }
    } finally {
      T.configure(before);
    }
  });
});

describe("derivatives", () => {
  it.each(cases.filter(([, { is }]) => is === "linear"))("%s: the gradient is the adjoint", async (_, operation) => {
    const [x, ...rest] = argumentsOf(operation, "cpu", "f64");
    const apply = (v: Tensor): Tensor => listOf(operation.run(v, ...rest))[0];
    const { value, pull } = T.vjp(apply, x);
    expect(value.dtype).toBe("f64");
    const r = seeded(12);
    const y = T.tensor(
      Float64Array.from({ length: value.size }, () => r.next() - 0.5),
      { shape: value.shape },
    );
    const z = T.tensor(
      Float64Array.from({ length: x.size }, () => r.next() - 0.5),
      { shape: x.shape },
    );
    expectClose([Number(await inner(apply(z), y))], [Number(await inner(z, pull(y)[0]))], { absolute: 1e-12 });
  });

  it.each(cases.filter(([, { is }]) => is === "smooth"))(
    "%s: the gradient is that of differences",
    async (_, operation) => {
      const args = argumentsOf(operation, "cpu", "f64") as Tensor<"f64">[];
      await gradcheck((...x) => listOf(operation.run(...x))[0], args);
    },
  );
});
