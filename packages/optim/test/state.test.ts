/** States as files, and steps that look at the gradient. */
import {
  adam,
  allFinite,
  checkedStep,
  diffGrad,
  loadState,
  lookahead,
  optimizers,
  saveState,
  transforms,
  type Optimizer,
} from "@ansatz/optim";
import { ArgumentError, FormatError, ShapeError, tensor, zeros, type Tensor } from "@ansatz/tensor";
import { describe, expect, test } from "vitest";

type Params = { a: Tensor; b: Tensor[] };
const params = (): Params => ({ a: tensor([1, 2, 3]), b: [tensor([[4], [5]], { dtype: "f64" })] });
const grads = (k: number): Params => ({ a: tensor([0.1 * k, 0.2, -0.3]), b: [tensor([[1], [-k]], { dtype: "f64" })] });

const methods: { name: string; make: () => Optimizer }[] = [
  ...optimizers.map(({ name, create }) => ({ name, make: () => create(0.1) })),
  ...transforms.map(({ name, apply }) => ({ name, make: () => apply(adam({ learningRate: 0.1 })) })),
];

describe("a state in a file", () => {
  test.each(methods)("$name goes on with the same bits", async ({ make }) => {
    const method = make();
    let p = params();
    let state = method.init(p);
    for (let i = 1; i <= 3; i++) ({ params: p, state } = method.step(p, grads(i), state));
    const read = loadState(make(), p, await saveState(method, state));
    expect(read.step).toBe(3);
    const [one, other] = [method.step(p, grads(4), state), make().step(p, grads(4), read)];
    expect(await one.params.a.data()).toEqual(await other.params.a.data());
    expect(await one.params.b[0].data()).toEqual(await other.params.b[0].data());
  });

  test("of another method or other parameters is refused", async () => {
    const method = adam();
    const bytes = await saveState(method, method.init(params()));
    expect(() => loadState(diffGrad(), params(), bytes)).toThrow('another method (got "adam", expected "diffGrad")');
    expect(() => loadState(lookahead(adam()), params(), bytes)).toThrow(FormatError);
    expect(() => loadState(method, { a: params().a }, bytes)).toThrow("the state is for other parameters (got m.b.0");
    expect(() => loadState(method, { ...params(), c: zeros([1]) }, bytes)).toThrow("got no m.c, no v.c");
    expect(() => loadState(method, { ...params(), a: zeros([2]) }, bytes)).toThrow(ShapeError);
    const { writeSafetensors } = await import("@ansatz/tensor/io");
    const other = await writeSafetensors({ x: zeros([1]) });
    expect(() => loadState(method, params(), other)).toThrow('the file holds no state (got format "none"');
  });
});

describe("a gradient that is not finite", () => {
  const bad = (value: number): Params => ({ a: tensor([1, value, 3]), b: [tensor([[1], [2]], { dtype: "f64" })] });

  test.each([Number.NaN, Infinity, -Infinity])(
    "%f throws, or is skipped with everything left as it is",
    async (value) => {
      const method = adam({ learningRate: 0.1 });
      const p = params();
      const { params: q, state } = method.step(p, grads(1), method.init(p));
      await expect(checkedStep(method, q, bad(value), state)).rejects.toThrow(
        "adam: the gradient is not finite (got infinite or undefined elements at a)",
      );
      const skipped = await checkedStep(method, q, bad(value), state, { nonFinite: "skip" });
      expect(skipped).toEqual({ params: q, state, skipped: true });
      expect(skipped.params).toBe(q);
      expect(skipped.state.step).toBe(1);
      const after = await checkedStep(method, q, grads(2), state, { learningRate: 0.2 });
      const plain = method.step(q, grads(2), state, { learningRate: 0.2 });
      expect(after.skipped).toBe(false);
      expect(await after.params.a.data()).toEqual(await plain.params.a.data());
    },
  );

  test("options are checked", async () => {
    const method = adam();
    const p = params();
    await expect(checkedStep(method, p, grads(1), method.init(p), { nonFinite: "ignore" as never })).rejects.toThrow(
      ArgumentError,
    );
    await expect(checkedStep(method, p, grads(1), method.init(p), { rate: 1 } as never)).rejects.toThrow(
      "unknown option",
    );
    expect(() => allFinite([])).toThrow("nothing to look at");
    expect(await allFinite(p).item()).toBe(true);
  });
});
