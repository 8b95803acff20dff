/** The functions on other devices than the CPU's. */
import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import * as linalg from "@ansatz/tensor/linalg";
import { testDevices } from "../support/devices.ts";
import { positive, uniform } from "./matrices.ts";

const devices = await testDevices();
const a = positive(1, 5, [], "f32");
const b = uniform(2, [5, 2], "f32");

type Solver = (a: Tensor, b: Tensor) => Tensor;

/** By the name of the routine. */
const functions: readonly (readonly [string, Solver])[] = [
  ["cholesky", (x) => linalg.cholesky(x)],
  ["eigh", (x) => linalg.eigh(x).vectors],
  ["eigvalsh", (x) => linalg.eigvalsh(x)],
  ["lu", (x) => linalg.det(x)],
  ["pinv", (x) => linalg.pinv(x)],
  ["qr", (x) => linalg.qr(x).r],
  ["solve", (x, y) => linalg.solve(x, y)],
  ["svd", (x) => linalg.svd(x).u],
  ["svdvals", (x) => linalg.cond(x)],
  ["triangularSolve", (x, y) => linalg.triangularSolve(x, y)],
];

describe.each(functions)("%s", (_, f) => {
  test("on the js device is that of the CPU", async () => {
    const there = f(await T.to(a, "js"), await T.to(b, "js"));
    expect(there.device).toBe("js");
    const [got, want] = [await there.data(), await f(await T.to(a, "cpu"), await T.to(b, "cpu")).data()];
    expect(got.length).toBe(want.length);
    got.forEach((value, i) => expect(value).toBeCloseTo(want[i], 5));
    expect(got.every((value) => Number.isFinite(value))).toBe(true);
  });

  test("of complex numbers on the js device is that of the CPU", async () => {
    const [z, w] = [a, b].map((x) => T.complex(x, T.mul(x, 0)));
    const there = f(await T.to(z, "js"), await T.to(w, "js"));
    const want = await f(z, w).data();
    (await there.data()).forEach((value, i) => expect(value).toBeCloseTo(want[i], 4));
    expect(want.every((value) => Number.isFinite(value))).toBe(true);
  });
});

describe.each(devices)("viaCpu from and to %s", (device) => {
  test.each(functions)("%s", async (_, f) => {
    const [x, y] = [await T.to(a, device), await T.to(b, device)];
    const { value, same } = await linalg.viaCpu((p, q) => ({ value: f(p, q), same: [p, q] }), x, y);
    expect([value.device, same[0].device, same[1].device]).toEqual([device, device, device]);
    expect(await value.data()).toEqual(await f(a, b).data());
    expect(await same[1].data()).toEqual(await b.data());
    // The arguments are still there, and nothing else is.
    expect([x.disposed, y.disposed]).toEqual([false, false]);
  });

  test("gives everything back but the results", async () => {
    const x = await T.to(a, device);
    await x.data();
    await linalg.viaCpu((p) => linalg.cholesky(p), x).then((l) => l.dispose());
    const before = ["cpu", device].map((d) => T.memory(d).used);
    await linalg.viaCpu((p) => linalg.cholesky(p), x).then((l) => l.dispose());
    expect(["cpu", device].map((d) => T.memory(d).used)).toEqual(before);
  });
});

test("viaCpu refuses what is no function of tensors of one device", async () => {
  await expect(linalg.viaCpu(3 as never, a)).rejects.toThrow(T.ArgumentError);
  await expect(linalg.viaCpu((x) => x)).rejects.toThrow("viaCpu: there are no tensors");
  await expect(linalg.viaCpu((x) => x, 2 as never)).rejects.toThrow(T.ArgumentError);
  await expect(linalg.viaCpu((x) => x, a, await T.to(b, "js"))).rejects.toThrow(
    "viaCpu: tensors are on different devices (got cpu and js).",
  );
  await expect(linalg.viaCpu((x) => linalg.cholesky(x), b)).rejects.toThrow(T.ShapeError);
});
