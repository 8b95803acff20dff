/** Matrix sensing: the bands that theory predicts. */
import { matrixSensing, rebalance } from "@ansatz/optim";
import { matmul, mul, tensor, transpose, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const draw = (k: number, shape: number[]): Tensor => normal(key(k), shape, { dtype: "f64" }) as Tensor;
const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);

/** diag(1, 0.6, 0, ...), which is as good as any other target of these singular values. */
const target = (n: number): Tensor =>
  tensor(
    Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (__, j) => (i !== j ? 0 : i === 0 ? 1 : i === 1 ? 0.6 : 0)),
    ),
    { dtype: "f64" },
  );

describe("symmetric factors", () => {
  test("too wide: the error is (k - r) / (4 eta^2 T^2), a power of -2", async () => {
    const [n, eta] = [20, 0.1];
    for (const k of [3, 4, 8]) {
      const start = { kind: "symmetric", X: mul(draw(k, [n, k]), 0.1) } as const;
      const record = [2000, 5000, 10000, 20000];
      const { error } = await matrixSensing({ target: target(n), start, step: eta, steps: 20000, record });
      const predicted = (k - 2) / (4 * eta ** 2 * 20000 ** 2);
      expect(Math.abs(error[3] / predicted - 1)).toBeLessThan(0.03);
      const slope = Math.log(error[3] / error[1]) / Math.log(20000 / 5000);
      expect(slope).toBeGreaterThan(-2.05);
      expect(slope).toBeLessThan(-1.9);
    }
  });

  test("of the right width: linear", async () => {
    const start = { kind: "symmetric", X: mul(draw(5, [20, 2]), 0.1) } as const;
    const { error } = await matrixSensing({ target: target(20), start, step: 0.1, steps: 1000, record: [500, 1000] });
    expect(error[0]).toBeLessThan(1e-15);
    expect(error[1]).toBeLessThan(1e-25);
  });
});

describe("asymmetric factors", () => {
  const n = 20;
  const startOf = (alpha: number): { kind: "asymmetric"; F: Tensor; G: Tensor } => ({
    kind: "asymmetric",
    F: mul(draw(6, [n, 4]), alpha),
    G: mul(draw(7, [n, 4]), alpha / 3),
  });
  const rate = async (alpha: number, beta?: number): Promise<number> => {
    const from = alpha < 0.1 ? 300 : 200;
    const record = beta === undefined ? [600, 1000] : [from + 100, from + 200];
    const { error } = await matrixSensing({
      target: target(n),
      start: startOf(alpha),
      step: 0.1,
      steps: record[1],
      record,
      accelerate: beta === undefined ? undefined : { at: from, beta },
    });
    return -Math.log(error[1] / error[0]) / (record[1] - record[0]);
  };

  test("the rate goes with alpha^2, and after rebalancing is 2 eta beta^2 for every alpha", async () => {
    const [small, large] = [await rate(0.05), await rate(0.1)];
    expect(large / small).toBeGreaterThan(3);
    expect(large / small).toBeLessThan(5.5);
    const beta = Math.sqrt(0.6);
    for (const alpha of [0.1, 0.05]) {
      const fast = await rate(alpha, beta);
      expect(Math.abs(fast / (2 * 0.1 * beta ** 2) - 1)).toBeLessThan(0.1);
      expect(fast).toBeGreaterThan(2 * large);
    }
  });

  test("rebalancing keeps the product and makes F orthogonal, also when F is singular", async () => {
    const [F, G] = [draw(8, [9, 3]), draw(9, [5, 3])];
    const thin = matmul(draw(8, [9, 2]), draw(10, [2, 3]));
    for (const left of [F, thin, mul(F, 0)]) {
      const next = await rebalance(left, G, 0.7);
      const product = await numbers(matmul(next.F, transpose(next.G)));
      (await numbers(matmul(left, transpose(G)))).forEach((v, i) => expect(product[i]).toBeCloseTo(v, 10));
      const gram = await numbers(matmul(transpose(next.F), next.F));
      gram.forEach((v, i) => expect(v).toBeCloseTo(i % 4 === 0 ? 0.49 : 0, 10));
    }
  });

  test("wrong arguments are refused", async () => {
    const base = { target: target(4), start: { kind: "symmetric", X: draw(1, [4, 2]) } as const, step: 0.1, steps: 3 };
    await expect(matrixSensing({ ...base, step: 0 })).rejects.toThrow("step is out of range");
    await expect(matrixSensing({ ...base, record: [2, 1] })).rejects.toThrow("record must hold increasing");
    await expect(matrixSensing({ ...base, accelerate: { at: 1, beta: 1 } })).rejects.toThrow("only asymmetric factors");
    await expect(matrixSensing({ ...base, target: target(5) })).rejects.toThrow("factors do not fit");
    await expect(matrixSensing({ ...base, measurements: draw(1, [2, 3, 4]) })).rejects.toThrow(
      "measurements do not fit",
    );
    await expect(rebalance(draw(1, [4, 2]), draw(2, [4, 2]), 0)).rejects.toThrow("beta is out of range");
    await expect(rebalance(draw(1, [2, 4]), draw(2, [4, 4]), 1)).rejects.toThrow("factors do not fit");
  });
});
