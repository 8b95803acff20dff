/** Echoes from stored phases and from computed ones. */
import { linearArray, mimoOperator, relativeError } from "@ansatz/inverse";
import { asReal, complex, conj, grad, mul, real, sum, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { expect, test } from "vitest";

const setup = {
  transmitters: linearArray("x", 5, 0.3),
  receivers: linearArray("y", 3, 0.3),
  frequencies: [4e9, 7e9, 16e9],
  x: [-0.1, 0, 0.1],
  y: [-0.1, 0.05],
  z: [0.45, 0.5],
};
const noise = (seed: number, shape: readonly number[]): Tensor => {
  const [a, b] = key(seed).split(2);
  return complex(normal(a, shape, { dtype: "f64" }), normal(b, shape, { dtype: "f64" }));
};
const apart = (a: Tensor, b: Tensor): Promise<number> => relativeError(asReal(a), asReal(b));

test.each([true, false])("both are the same, with amplitudes: %s", async (amplitude) => {
  const stored = mimoOperator(setup, { precision: "f64", amplitude });
  const computed = mimoOperator(setup, { precision: "f64", amplitude, storage: 0 });
  const [x, y] = [noise(1, stored.domain), noise(2, stored.range)];
  expect(await apart(stored.apply(x), computed.apply(x))).toBeLessThan(1e-12);
  expect(await apart(stored.adjoint(y), computed.adjoint(y))).toBeLessThan(1e-12);
});

test("they stand inside of losses", async () => {
  const a = mimoOperator(setup, { precision: "f64" });
  const [x, y] = [noise(1, a.domain), noise(2, a.range)];
  // d Re <y, A x> is the adjoint, in the convention of gradients of complex arguments.
  const gradient = grad((v: Tensor) => sum(real(mul(conj(y), a.apply(v)))))(x);
  expect(await apart(gradient, a.adjoint(y))).toBeLessThan(1e-12);
});

test("storage is a number of bytes", () => {
  expect(() => mimoOperator(setup, { storage: -1 })).toThrow(/storage is out of range \(got -1/);
});
