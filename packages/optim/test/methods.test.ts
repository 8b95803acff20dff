/** Single methods: what the papers promise, and options that only one method has. */
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  diffGrad,
  lion,
  nadam,
  radam,
  rmsprop,
  rprop,
  type Optimizer,
} from "@ansatz/optim";
import { ArgumentError, tensor, zeros, type Tensor } from "@ansatz/tensor";
import { describe, expect, test } from "vitest";

const vector = (...values: number[]): Tensor => tensor(values, { dtype: "f64" });

/** Iterates of a method on a scalar function with a given derivative. */
async function follow(method: Optimizer, start: number, slope: (x: number) => number, steps: number): Promise<number> {
  let params = { x: vector(start) };
  let state = method.init(params);
  let x = start;
  for (let i = 0; i < steps; i++) {
    ({ params, state } = method.step(params, { x: vector(slope(x)) }, state));
    [x] = await params.x.data();
  }
  return x;
}

describe("the synthetic functions of the diffGrad paper, from -1 in 299 steps", () => {
  const f1 = (x: number): number => (x <= 0 ? 2 * x + 0.6 : 2 * x - 0.4);
  // The true derivative of -40 x - 35.15 | x^3 + x sin 8x + 0.85.
  const f2 = (x: number): number => (x <= -0.9 ? -40 : 8 * x * Math.cos(8 * x) + Math.sin(8 * x) + 3 * x * x);
  const f3 = (x: number): number =>
    x <= -0.5 || x > 0.5 ? 2 * x : x <= -0.4 ? 1 : x <= 0 ? -7 / 8 : x <= 0.4 ? 7 / 8 : -1;
  const shared = { learningRate: 0.1, beta1: 0.95 };

  test("diffGrad reaches the global basins of F1 and F2; Adam and AMSGrad do not", async () => {
    const at = async (make: (amsgrad: boolean) => Optimizer, slope: typeof f1, amsgrad = false): Promise<number> =>
      follow(make(amsgrad), -1, slope, 299);
    const fresh = (): Optimizer => diffGrad(shared);
    const plain = (amsgrad: boolean): Optimizer => adam({ ...shared, amsgrad });
    expect(await at(fresh, f1)).toBeCloseTo(-0.3, 2);
    expect(await at(plain, f1)).toBeCloseTo(0.2, 2);
    expect(await at(plain, f1, true)).toBeCloseTo(0.2, 2);
    expect(await at(fresh, f2)).toBeCloseTo(-0.643, 2);
    expect(Math.abs(await at(plain, f2))).toBeLessThan(0.01);
    expect(Math.abs(await at(plain, f2, true))).toBeLessThan(0.01);
  });

  test("on F3 diffGrad and Adam both leave the basin at -0.5", async () => {
    expect(Math.abs(await follow(diffGrad(shared), -1, f3, 299))).toBeLessThan(0.05);
    expect(Math.abs(await follow(adam(shared), -1, f3, 299))).toBeLessThan(0.05);
  });
});

describe("diffGrad", () => {
  test("keeps the gradient's values: a caller that writes into its array changes nothing", async () => {
    const data = Float64Array.of(1, -2);
    const method = diffGrad({ learningRate: 0.1, epsilon: 0 });
    const p = { x: vector(0, 0) };
    const first = method.step(p, { x: tensor(data) as Tensor }, method.init(p));
    data.fill(7);
    const second = method.step(first.params, { x: vector(1, -2) }, first.state);
    // d = 0 for both elements: friction 1/2 exactly, half of Adam's move.
    const doubled = adam({ learningRate: 0.1, epsilon: 0 });
    const q = { x: vector(0, 0) };
    const a = doubled.step(q, { x: vector(1, -2) }, doubled.init(q));
    const b = doubled.step(a.params, { x: vector(1, -2) }, a.state);
    const moved = async (x: { x: Tensor }, y: { x: Tensor }): Promise<number[]> =>
      Array.from(await x.x.sub(y.x).data());
    const [ours, theirs] = [await moved(second.params, first.params), await moved(b.params, a.params)];
    ours.forEach((v, i) => expect(v).toBeCloseTo(theirs[i] / 2, 8));
  });

  test("takes members of the friction family", async () => {
    const p = { x: vector(1) };
    const g = { x: vector(2) };
    const move = async (friction: object | string): Promise<number> => {
      const method = diffGrad({ learningRate: 0.1, epsilon: 0, friction: friction as never });
      return 1 - (await method.step(p, g, method.init(p)).params.x.data())[0];
    };
    const s = (x: number): number => 1 / (1 + Math.exp(-x));
    expect(await move("v0")).toBeCloseTo(0.1 * s(2), 14);
    expect(await move("v1")).toBeCloseTo(0.1 * s(-2), 14);
    expect(await move("v2")).toBeCloseTo(0.1 * (9 * s(1) - 4), 14);
    expect(await move({ height: 3, slope: 2, offset: -1, signed: true })).toBeCloseTo(0.1 * (3 * s(-4) - 1), 14);
    expect(() => diffGrad({ friction: "v3" as never })).toThrow("diffGrad: friction is unknown (got v3");
    expect(() => diffGrad({ friction: { scale: 2 } as never })).toThrow("unknown option");
    expect(() => diffGrad({ friction: { height: Number.NaN } })).toThrow("diffGrad: friction: height is out of range");
  });

  test("decoupled decay shrinks, coupled decay enters the stored gradient", async () => {
    const method = diffGrad({ learningRate: 0.1, weightDecay: 0.5, decoupled: true });
    const p = { x: vector(2) };
    const next = method.step(p, { x: zeros([1], { dtype: "f64" }) as Tensor }, method.init(p));
    expect((await next.params.x.data())[0]).toBeCloseTo(2 * (1 - 0.05), 14);
    const coupled = diffGrad({ learningRate: 0.1, weightDecay: 0.5 });
    const { state } = coupled.step(p, { x: zeros([1], { dtype: "f64" }) as Tensor }, coupled.init(p));
    expect(await (state.buffers["previous"] as { x: Tensor }).x.data()).toEqual(Float64Array.of(1));
  });
});

test("lion steps by the sign and shrinks", async () => {
  const method = lion({ learningRate: 0.1, weightDecay: 0.5 });
  const p = { x: vector(2, -1, 4) };
  const next = method.step(p, { x: vector(3, -0.001, 0) }, method.init(p));
  const [a, b, c] = await next.params.x.data();
  expect([a, b, c].map((v) => Number(v.toFixed(12)))).toEqual([1.8, -0.85, 3.8]);
  const m = await (next.state.buffers["m"] as { x: Tensor }).x.data();
  expect(Array.from(m, (v) => Number(v.toFixed(12)))).toEqual([0.03, -0.00001, 0]);
});

test("nadam's numbers do not depend on the order in which they are asked for", () => {
  const method = nadam();
  const forward = [1, 2, 3, 10, 11].map((t) => method.numbers(t));
  const other = nadam();
  const backward = [11, 10, 3, 2, 1].map((t) => other.numbers(t)).reverse();
  forward.flat().forEach((v, i) => expect(v).toBeCloseTo(backward.flat()[i], 14));
});

test("radam does not divide until its variance is known", () => {
  const method = radam({ learningRate: 1 });
  expect([1, 2, 3, 4, 5, 6, 7].map((t) => method.numbers(t)[1])).toEqual([0, 0, 0, 0, 0, 1, 1]);
  expect(radam({ beta2: 0 }).numbers(100)[1]).toBe(0);
});

describe("options", () => {
  const bad: [string, (options: never) => Optimizer, Record<string, unknown[]>][] = [
    [
      "adamax",
      adamax,
      { learningRate: [-1], beta1: [1], beta2: [-0.1], epsilon: [-1], weightDecay: [-1], maximize: [1] },
    ],
    [
      "nadam",
      nadam,
      { learningRate: [-1], beta1: [1], beta2: [1], epsilon: [-1], momentumDecay: [-1], variant: ["old"] },
    ],
    ["radam", radam, { learningRate: [Number.NaN], beta1: [1], beta2: [1], epsilon: [-1], weightDecay: [-1] }],
    ["adagrad", adagrad, { learningRate: [-1], rateDecay: [-1], initialSum: [-1], epsilon: [-1] }],
    ["adadelta", adadelta, { learningRate: [-1], rho: [1], epsilon: [-1] }],
    ["rmsprop", rmsprop, { learningRate: [-1], alpha: [1], epsilon: [-1], momentum: [1], centered: ["no"] }],
    ["rprop", rprop, { learningRate: [0], shrink: [0], grow: [0], minStep: [0], maxStep: [0], maximize: [0] }],
    ["lion", lion, { learningRate: [-1], beta1: [1], beta2: [1], weightDecay: [-1], maximize: [0] }],
    [
      "diffGrad",
      diffGrad,
      { learningRate: [-1], beta1: [1], beta2: [1], epsilon: [-1], amsgrad: [1], legacyAlias: [1] },
    ],
  ];
  test.each(bad)("%s names the field that is out of range", (name, make, fields) => {
    for (const [field, values] of Object.entries(fields)) {
      for (const value of values) {
        expect(() => make({ [field]: value } as never)).toThrow(ArgumentError);
        expect(() => make({ [field]: value } as never)).toThrow(`${name}: ${field} `);
      }
    }
    expect(() => make({ rate: 1 } as never)).toThrow(`${name}: unknown option (got "rate"`);
  });
  test("rprop's bounds are ordered and its factors shrink and grow", () => {
    expect(() => rprop({ minStep: 1, maxStep: 0.5 })).toThrow("rprop: bounds are not ordered");
    expect(() => rprop({ shrink: 1.1 })).toThrow("rprop: factors are out of range");
  });
});
