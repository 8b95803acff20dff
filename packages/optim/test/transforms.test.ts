/** Transforms: what every one promises, and what each one does. */
import {
  accumulate,
  adam,
  clipByNorm,
  clipByValue,
  constantRate,
  lookahead,
  scheduled,
  sgd,
  transforms,
  withEma,
  withWeightDecay,
  type Buffers,
  type Optimizer,
} from "@ansatz/optim";
import {
  ArgumentError,
  compile,
  disposeTree,
  memory,
  ones,
  ShapeError,
  tensor,
  zeros,
  type Tensor,
} from "@ansatz/tensor";
import { describe, expect, test } from "vitest";

type Params = { x: Tensor; b: Tensor };
const params = (): Params => ({ x: tensor([1, 2, 3]), b: tensor([[4]]) });
const grads = (k = 1): Params => ({ x: tensor([0.1 * k, 2, -3]), b: tensor([[1]]) });
const vector = (...values: number[]): { x: Tensor } => ({ x: tensor(values, { dtype: "f64" }) });

function compiled(method: Optimizer): (...args: unknown[]) => { params: never; buffers: Buffers } {
  return compile(
    ((p: never, buffers: Buffers, g: never, ...numbers: Tensor[]) => method.update(p, g, buffers, numbers)) as never,
    { donate: [0, 1] },
  ) as never;
}

/** Values of x after each of several steps. */
async function walk(method: Optimizer, start: number[], slopes: number[][]): Promise<number[][]> {
  let p = vector(...start);
  let state = method.init(p);
  const found: number[][] = [];
  for (const slope of slopes) {
    ({ params: p, state } = method.step(p, vector(...slope), state));
    found.push(Array.from(await p.x.data()));
  }
  return found;
}

describe.each(transforms)("$name", ({ apply }) => {
  test("is pure, and old trees may be disposed", async () => {
    const run = async (dispose: boolean): Promise<unknown> => {
      const method = apply(adam({ learningRate: 0.1 }));
      let p = params();
      let state = method.init(p);
      for (let i = 1; i <= 7; i++) {
        const g = grads(i);
        const next = method.step(p, g, state);
        if (dispose) for (const tree of [p, g, state.buffers]) disposeTree(tree);
        else expect(await g.b.data()).toEqual(Float32Array.of(1));
        ({ params: p, state } = next);
      }
      return [await p.x.data(), await p.b.data()];
    };
    expect(await run(true)).toEqual(await run(false));
  });

  test("compiled, the values are the same", async () => {
    const method = apply(adam({ learningRate: 0.1 }));
    const run = compiled(method);
    let [p, q] = [params(), params()];
    let state = method.init(q);
    let { buffers } = method.init(p);
    for (let step = 1; step <= 7; step++) {
      ({ params: p, buffers } = run(p, buffers, grads(step), ...method.numbers(step)));
      ({ params: q, state } = method.step(q, grads(step), state));
      expect(await p.x.data()).toEqual(await q.x.data());
    }
  });

  test("compiled with donation, steps do not let memory grow", () => {
    const method = apply(adam({ learningRate: 0.1 }));
    const run = compiled(method);
    const g = { x: ones([4096]).eval() };
    let p = { x: ones([4096]).eval() as Tensor };
    let { buffers } = method.init(p);
    const used: number[] = [];
    for (let step = 1; step <= 60; step++) {
      ({ params: p, buffers } = run(p, buffers, g, ...method.numbers(step)));
      if (step % 20 === 0) used.push(memory().used);
    }
    expect(used[1]).toBe(used[0]);
    expect(used[2]).toBe(used[0]);
    for (const tree of [p, g, buffers]) disposeTree(tree);
  });

  test("a rate given for a call reaches the method", async () => {
    const method = apply(adam({ learningRate: 0.1 }));
    const p = params();
    const still = method.step(p, grads(), method.init(p), { learningRate: 0 });
    // Coupled decay and clipping change gradients, not parameters.
    expect(await still.params.x.data()).toEqual(Float32Array.of(1, 2, 3));
  });

  test("carries its own name, the method's citations, and refuses what does not fit", () => {
    const method = apply(adam());
    expect(method.name).toMatch(/^\w+\(adam\)$/);
    expect(method.citations.map(({ year }) => year)).toContain(2015);
    const p = params();
    expect(() => method.step(p, { x: zeros([2]), b: p.b } as Params, method.init(p))).toThrow(ShapeError);
    expect(() => method.step(p, grads(), { step: 0, buffers: {} })).toThrow(ArgumentError);
    expect(() => apply({ learningRate: 1 } as never)).toThrow("not an optimiser");
    expect(() => method.numbers(0)).toThrow("step is out of range");
  });
});

test("clipByValue clips, clipByNorm keeps the direction", async () => {
  const step = sgd({ learningRate: 1 });
  expect(await walk(clipByValue(step, 0.5), [0, 0], [[3, -0.2]])).toEqual([[-0.5, 0.2]]);
  const [[a, b]] = await walk(clipByNorm(step, 1), [0, 0], [[3, -4]]);
  expect(a).toBeCloseTo(-0.6, 15);
  expect(b).toBeCloseTo(0.8, 15);
  expect(await walk(clipByNorm(step, 10), [0, 0], [[3, -4]])).toEqual([[-3, 4]]);
  expect(await walk(clipByNorm(step, 10), [0, 0], [[0, 0]])).toEqual([[0, 0]]);
});

test("the norm is that of all tensors together, unless asked otherwise, and data types may differ", async () => {
  const p = { a: tensor([0]) as Tensor, b: tensor([0], { dtype: "f64" }) as Tensor };
  const g = { a: tensor([3]) as Tensor, b: tensor([4], { dtype: "f64" }) as Tensor };
  const together = clipByNorm(sgd({ learningRate: 1 }), 1);
  const next = together.step(p, g, together.init(p)).params;
  expect((await next.a.data())[0]).toBeCloseTo(-0.6, 6);
  expect((await next.b.data())[0]).toBeCloseTo(-0.8, 15);
  expect([next.a.dtype, next.b.dtype]).toEqual(["f32", "f64"]);
  const single = clipByNorm(sgd({ learningRate: 1 }), 1, { perTensor: true });
  const other = single.step(p, g, single.init(p)).params;
  expect([(await other.a.data())[0], (await other.b.data())[0]]).toEqual([-1, -1]);
});

test("decay is that of AdamW when decoupled and that of Adam when coupled", async () => {
  const slopes = [[1], [-0.5], [0.3]];
  const { adamW } = await import("@ansatz/optim");
  const pairs: [Optimizer, Optimizer][] = [
    [
      withWeightDecay(adam({ learningRate: 0.1 }), { weightDecay: 0.2 }),
      adamW({ learningRate: 0.1, weightDecay: 0.2 }),
    ],
    [
      withWeightDecay(adam({ learningRate: 0.1 }), { weightDecay: 0.2, decoupled: false }),
      adam({ learningRate: 0.1, weightDecay: 0.2 }),
    ],
  ];
  for (const [ours, plain] of pairs) expect(await walk(ours, [2], slopes)).toEqual(await walk(plain, [2], slopes));
  const fading = withWeightDecay(sgd({ learningRate: 1 }), { weightDecay: (step) => 0.5 / step });
  expect(await walk(fading, [8], [[0], [0]])).toEqual([[4], [3]]);
  // Under a schedule, the decay follows the rate.
  const both = withWeightDecay(
    scheduled(sgd({ learningRate: 9 }), (step) => 1 / step),
    { weightDecay: 0.5 },
  );
  expect(await walk(both, [8], [[0], [0]])).toEqual([[4], [3]]);
  expect(() => withWeightDecay(adam(), {} as never)).toThrow("withWeightDecay: weightDecay is out of range");
});

test("lookahead goes half of the way back after every second step", async () => {
  const method = lookahead(sgd({ learningRate: 1 }), { every: 2, alpha: 0.5 });
  expect(await walk(method, [0], [[-1], [-1], [-1], [-1]])).toEqual([[1], [1], [2], [2]]);
  expect(() => lookahead(adam(), { alpha: 0 })).toThrow("lookahead: alpha is out of range");
  expect(() => lookahead(lookahead(adam())).init(params())).toThrow("a buffer's name is taken (got slow twice)");
});

test("accumulate steps on the mean of the gradients, with the count of its own steps", async () => {
  const slopes = [[1], [3], [-1], [0]];
  const found = await walk(accumulate(adam({ learningRate: 0.1 }), 2), [1], slopes);
  const [first, second] = await walk(adam({ learningRate: 0.1 }), [1], [[2], [-0.5]]);
  expect(found).toEqual([[1], first, first, second]);
  expect(() => accumulate(adam(), 0)).toThrow("accumulate: count is out of range");
});

test("withEma keeps an average beside the parameters", async () => {
  const method = withEma(sgd({ learningRate: 1 }), { decay: 0.5, warmup: false });
  let p = vector(0);
  let state = method.init(p);
  for (const g of [-4, -4]) ({ params: p, state } = method.step(p, vector(g), state));
  expect(await p.x.data()).toEqual(Float64Array.of(8));
  expect(await (state.buffers["average"] as { x: Tensor }).x.data()).toEqual(Float64Array.of(5));
});

test("scheduled takes its rate from the step", async () => {
  const method = scheduled(sgd({ learningRate: 7 }), (step) => 1 / step);
  expect(await walk(method, [0], [[-1], [-1], [-3]])).toEqual([[1], [1.5], [2.5]]);
  expect(method.learningRate).toBe(1);
  expect(method.rateAt?.(4)).toBe(0.25);
  expect(() => scheduled(adam(), () => Number.NaN)).not.toThrow();
  expect(() => scheduled(adam(), () => Number.NaN).numbers(1)).toThrow("learningRate is out of range (got NaN");
  expect(() => scheduled(adam(), 3 as never)).toThrow("scheduled: schedule must be a function (got number)");
});

test("transforms compose", async () => {
  const method = scheduled(
    clipByNorm(withEma(lookahead(adam({ learningRate: 1 }), { every: 3 })), 0.5),
    constantRate(0.05),
  );
  expect(method.name).toBe("scheduled(clipByNorm(withEma(lookahead(adam))))");
  expect(Object.keys(method.init(params()).buffers).sort()).toEqual(["average", "m", "slow", "v"]);
  let x = 3;
  let p = vector(x);
  let state = method.init(p);
  for (let i = 0; i < 400; i++) {
    ({ params: p, state } = method.step(p, vector(2 * x), state));
    [x] = await p.x.data();
  }
  expect(Math.abs(x)).toBeLessThan(1e-2);
});
