/** Networks for directions: what they guarantee, and that a short training makes them useful. */
import { directionNet, directionOf, parameterCount, trainDirections } from "@ansatz/nn";
import { cg, deepConjugateDirections, poissonOperator, solveLinear, type Direction } from "@ansatz/optim/linear";
import { memory, mul, tensor, treeLeaves, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { expect, test } from "vitest";
import { hashed } from "../support/hashed.ts";

test("is positively homogeneous and fits every divisible size", async () => {
  const net = directionNet({ channels: 3, levels: 3 });
  const params = net.init(key(1), { dtype: "f64" });
  const r = normal(key(2), [2, 8, 12], { dtype: "f64" }) as Tensor;
  const [one, three] = [await net.apply(params, r).data(), await net.apply(params, mul(r, 3)).data()];
  one.forEach((v, i) => expect(Number(three[i])).toBeCloseTo(3 * Number(v), 10));
  expect(() => net.apply(params, normal(key(2), [1, 6, 8]))).toThrow("divisible by 4");
});

test("the default has 4688 weights", () => {
  const net = directionNet();
  expect(parameterCount(net.init(key(0)))).toBe(4688);
});

test("a short training solves Poisson's equation in a fraction of the iterations, also on a larger grid", async () => {
  const net = directionNet();
  const { params, status, losses, message } = await trainDirections(net, {
    params: net.init(key(1)),
    key: key(2),
    stages: [{ size: 16, steps: 250 }],
    smoothness: 0.5,
  });
  expect(status, message).toBe("completed");
  expect(losses[0]).toBeLessThan(0.1);
  const direction = directionOf(net, params);
  const count = async (N: number, d: Direction | undefined): Promise<number> => {
    const operator = poissonOperator({ size: N, dtype: "f64" });
    const rhs = tensor(hashed(N * N, 0), { shape: [N, N] }) as Tensor;
    const solver = d === undefined ? cg() : deepConjugateDirections({ direction: d });
    const result = await solveLinear(solver, { operator, rhs }, { tolerance: 1e-6 });
    expect(result.status).toBe("converged");
    return result.iterations;
  };
  expect(await count(16, undefined)).toBe(44);
  expect(await count(16, direction)).toBeLessThanOrEqual(14);
  expect(await count(32, direction)).toBeLessThanOrEqual(22);
  const fresh = directionOf(net, net.init(key(5)));
  expect(await count(16, fresh)).toBeLessThanOrEqual(66);
});

test("equal keys give equal networks, stages follow each other, and a signal ends them", async () => {
  const net = directionNet({ channels: 2, bottom: 0 });
  const params = net.init(key(1));
  const run = (signal?: AbortSignal) =>
    trainDirections(net, {
      params,
      key: key(3),
      stages: [
        { size: 4, steps: 3, batchSize: 2 },
        { size: 8, steps: 2, batchSize: 1, learningRate: 1e-3 },
      ],
      ...(signal === undefined ? {} : { signal }),
    });
  const [one, two] = [await run(), await run()];
  expect(one.losses).toHaveLength(2);
  for (const [i, t] of treeLeaves(one.params).entries()) {
    expect(await t.data()).toEqual(await treeLeaves(two.params)[i].data());
  }
  expect(await treeLeaves(params)[0].data()).not.toEqual(await treeLeaves(one.params)[0].data());
  expect((await run(AbortSignal.abort())).status).toBe("aborted");
  expect(memory().used).toBeLessThan(1e8);
});

test("bad options", async () => {
  expect(() => directionNet({ levels: 0 })).toThrow("levels");
  expect(() => directionNet({ block: "triple" as never })).toThrow("block");
  const net = directionNet({ channels: 1 });
  const base = { params: net.init(key(0)), key: key(0) };
  await expect(trainDirections(net, { ...base, stages: [] })).rejects.toThrow("stages");
  await expect(trainDirections(net, { ...base, stages: [{ size: 8, steps: 0 }] })).rejects.toThrow("steps");
  await expect(trainDirections(net, { ...base, stages: [{ size: 8, steps: 1 }], smoothness: -1 })).rejects.toThrow(
    "smoothness",
  );
});
