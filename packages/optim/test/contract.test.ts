/** What every method promises, whatever its rule. */
import { adam, adamW, optimizers, sgd, type Buffers, type Optimizer } from "@ansatz/optim";
import {
  ArgumentError,
  backendOf,
  compile,
  disposeTree,
  DTypeError,
  memory,
  ones,
  ShapeError,
  tensor,
  zeros,
  type Tensor,
} from "@ansatz/tensor";
import { describe, expect, test } from "vitest";

const params = (): { a: Tensor; b: Tensor[] } => ({ a: tensor([1, 2, 3]), b: [tensor([[4], [5]])] });
const grads = (): { a: Tensor; b: Tensor[] } => ({ a: tensor([0.1, 0.2, -0.3]), b: [tensor([[1], [-1]])] });
const message = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
};

describe.each(optimizers)("$name", ({ create }) => {
  test("a step is pure: it changes and disposes nothing it is given", async () => {
    const method = create(0.1);
    const [p, g] = [params(), grads()];
    const state = method.init(p);
    const first = method.step(p, g, state);
    const again = method.step(p, g, state);
    expect(await first.params.a.data()).toEqual(await again.params.a.data());
    expect(await p.a.data()).toEqual(Float32Array.of(1, 2, 3));
    expect(await g.b[0].data()).toEqual(Float32Array.of(1, -1));
    expect(state.step).toBe(0);
    expect(first.state.step).toBe(1);
  });

  test("old trees may be disposed before the new ones are read", async () => {
    const method = create(0.1);
    const walk = async (dispose: boolean): Promise<unknown> => {
      let p = params();
      let state = method.init(p);
      for (let i = 0; i < 3; i++) {
        const g = grads();
        const next = method.step(p, g, state);
        if (dispose) for (const tree of [p, g, state.buffers]) disposeTree(tree);
        p = next.params;
        state = next.state;
        if (i === 1) await p.a.data();
      }
      return [await p.a.data(), await p.b[0].data()];
    };
    expect(await walk(true)).toEqual(await walk(false));
  });

  test("a zero learning rate leaves the parameters as they are", async () => {
    const method = create(0.1);
    const p = params();
    const next = method.step(p, grads(), method.init(p), { learningRate: 0 });
    expect(await next.params.a.data()).toEqual(Float32Array.of(1, 2, 3));
  });

  test("the learning rate of a call replaces that of the method", async () => {
    const p = params();
    const one = create(0.1).step(p, grads(), create(0.1).init(p), { learningRate: 0.25 });
    const other = create(0.25).step(p, grads(), create(0.25).init(p));
    expect(await one.params.a.data()).toEqual(await other.params.a.data());
  });

  test("compiled, the values are the same", async () => {
    const method = create(0.01);
    const run = compiled(method);
    let [p, q] = [params(), params()];
    let state = method.init(q);
    let { buffers } = method.init(p);
    for (let step = 1; step <= 5; step++) {
      const g = grads();
      ({ params: p, buffers } = run(p, buffers, g, ...method.numbers(step)));
      ({ params: q, state } = method.step(q, g, state));
      expect(await p.a.data()).toEqual(await q.a.data());
      expect(await p.b[0].data()).toEqual(await q.b[0].data());
    }
  });

  test("compiled with donation, memory stays within three times the state", () => {
    const method = create(0.01);
    const run = compiled(method);
    const size = 1 << 16;
    const g = { x: ones([size]).eval() };
    let p = { x: ones([size]).eval() as Tensor };
    let { buffers } = method.init(p);
    const before = memory();
    const state = (1 + Object.keys(buffers).length) * size * 4;
    for (let step = 1; step <= 50; step++) ({ params: p, buffers } = run(p, buffers, g, ...method.numbers(step)));
    // What is alive afterwards beyond the first parameters: buffers, which were not yet evaluated before.
    expect(memory().used - before.used).toBeLessThanOrEqual(state - size * 4 + 4096);
    expect(memory().peak - before.used + size * 4).toBeLessThanOrEqual(
      Math.max(before.peak - before.used + size * 4, 3 * state),
    );
    for (const tree of [p, g, buffers]) disposeTree(tree);
  });

  test("one kernel computes the parameter and all its buffers", () => {
    const method = create(0.01);
    const backend = backendOf("cpu") as unknown as {
      compile: (plan: { readonly steps: readonly unknown[] }) => unknown;
    };
    const original = backend.compile;
    const steps: number[] = [];
    backend.compile = (plan): unknown => {
      steps.push(plan.steps.length);
      return original.call(backend, plan);
    };
    try {
      const p = { a: tensor(new Float32Array(97)) };
      const { buffers } = method.init(p);
      for (const b of Object.values(buffers)) (b as { a: Tensor }).a.eval();
      steps.length = 0;
      compiled(method)(p, buffers, { a: tensor(new Float32Array(97)) }, ...method.numbers(1));
      expect(steps).toEqual([1]);
    } finally {
      backend.compile = original;
    }
  });

  test("trees that do not fit are refused with the place", () => {
    const method = create(0.1);
    const p = params();
    const state = method.init(p);
    const { name } = method;
    expect(() => method.init({})).toThrow(ArgumentError);
    expect(message(() => method.init([]))).toBe(
      `${name}: there are no parameters (got a tree without tensors, expected at least one).`,
    );
    expect(() => method.init({ w: { k: tensor([1], { dtype: "i32" }) } })).toThrow(DTypeError);
    expect(message(() => method.init({ w: { k: tensor([1], { dtype: "i32" }) } }))).toContain("got i32 at w.k");
    expect(message(() => method.step(p, { a: p.a, b: [] } as never, state))).toBe(
      `${name}: grads and params differ in structure (got nothing, expected b.0).`,
    );
    const wide = { a: zeros([3]), b: [zeros([1, 2])] };
    expect(() => method.step(p, wide, state)).toThrow(ShapeError);
    expect(message(() => method.step(p, wide, state))).toBe(
      `${name}: grads has another shape at b.0 (got [1,2], expected [2,1]).`,
    );
    const double = { a: zeros([3], { dtype: "f64" }) as Tensor, b: [zeros([2, 1])] };
    expect(() => method.step(p, double, state)).toThrow(DTypeError);
    expect(message(() => method.step(p, grads(), { step: 0, buffers: { other: p } }))).toMatch(
      /the state belongs to another method \(got buffers other/,
    );
    expect(message(() => method.update(p, grads(), state.buffers, []))).toMatch(/numbers do not fit \(got 0, expected/);
  });

  test("rates and steps outside their range are refused", () => {
    const method = create(0.1);
    for (const bad of [-1, Number.NaN, Infinity, "1" as never]) {
      expect(() => create(bad)).toThrow(ArgumentError);
      expect(() => method.numbers(1, { learningRate: bad })).toThrow(`${method.name}: learningRate is out of range`);
    }
    for (const bad of [0, -1, 1.5, Number.NaN]) expect(() => method.numbers(bad)).toThrow("step is out of range");
    expect(() => method.numbers(1, { rate: 1 } as never)).toThrow("unknown option");
  });
});

function compiled(method: Optimizer): (...args: unknown[]) => { params: never; buffers: Buffers } {
  return compile(
    ((p: never, buffers: Buffers, g: never, ...numbers: Tensor[]) => method.update(p, g, buffers, numbers)) as never,
    { donate: [0, 1] },
  ) as never;
}

test("many pending steps are evaluated in the end, state included", async () => {
  const method = adam({ learningRate: 0.01 });
  const walk = async (every: number): Promise<Float32Array> => {
    let p = { x: tensor([1, -1, 2, 0.5]) as Tensor };
    let state = method.init(p);
    for (let i = 1; i <= 60; i++) {
      const old = [p, state.buffers];
      ({ params: p, state } = method.step(p, { x: p.x.mul(p.x) }, state));
      for (const tree of old) disposeTree(tree);
      if (i % every === 0) await p.x.data();
    }
    return (await p.x.data()) as Float32Array;
  };
  expect(await walk(1000)).toEqual(await walk(1));
});

describe("options", () => {
  const factories: [string, (options: never) => Optimizer, object][] = [
    ["sgd", sgd, { learningRate: 0.1 }],
    ["adam", adam, {}],
    ["adamW", adamW, {}],
  ];
  const ranges: Record<string, Record<string, unknown[]>> = {
    sgd: {
      learningRate: [-0.1, Number.NaN],
      momentum: [-0.1, 1, Number.NaN],
      dampening: [-0.1, 1.5],
      weightDecay: [-1],
      nesterov: [1],
      maximize: ["yes"],
    },
    adam: {
      learningRate: [-0.1, Infinity],
      beta1: [1, -0.1],
      beta2: [1, Number.NaN],
      epsilon: [-1e-8],
      weightDecay: [-1],
      amsgrad: [0],
      maximize: [null],
    },
  };
  ranges["adamW"] = ranges["adam"];

  test.each(factories)("%s names the field that is out of range", (name, make, base) => {
    for (const [field, values] of Object.entries(ranges[name])) {
      for (const value of values) {
        // A null is "left out" for nobody: only undefined is.
        expect(() => make({ ...base, [field]: value } as never), `${field} ${String(value)}`).toThrow(ArgumentError);
        expect(message(() => make({ ...base, [field]: value } as never))).toContain(`${name}: ${field} `);
      }
    }
    expect(message(() => make({ ...base, rate: 1 } as never))).toContain(`${name}: unknown option (got "rate"`);
  });

  test("sgd has no default rate, and nesterov needs momentum without dampening", () => {
    expect(message(() => sgd({} as never))).toContain("sgd: learningRate is out of range (got undefined");
    expect(message(() => sgd({ learningRate: 1, nesterov: true }))).toContain("sgd: nesterov needs momentum");
    expect(() => sgd({ learningRate: 1, nesterov: true, momentum: 0.9, dampening: 0.1 })).toThrow(ArgumentError);
  });

  test("decay pulls parameters towards zero, coupled or not", async () => {
    for (const make of [adam, adamW]) {
      const method = make({ learningRate: 0.1, weightDecay: 0.5 });
      const p = { x: ones([2]) as Tensor };
      const next = method.step(p, { x: zeros([2]) as Tensor }, method.init(p));
      expect((await next.params.x.data())[0]).toBeLessThan(1);
    }
  });
});
