/** Results that are wanted together, and results of a scope. */
import { add, compile, disposeTree, mul, scatterAdd, scope, sqrt, tensor, together, type Tensor } from "@ansatz/tensor";
import { expect, test } from "vitest";

test("evaluating one evaluates all", async () => {
  const x = tensor([1, 2]);
  const tree = together({ a: add(x, 1), b: mul(x, 2) });
  await tree.a.data();
  x.dispose();
  expect(await tree.b.data()).toEqual(Float32Array.of(2, 4));
});

test("a result that nobody read survives the evaluation of another and the end of its inputs", async () => {
  for (const read of [1, 3, 100]) {
    let state = { p: tensor([1, 2]) as Tensor, m: tensor([0, 0]) as Tensor };
    let [p, m] = [
      [1, 2],
      [0, 0],
    ];
    for (let i = 1; i <= 100; i++) {
      const old = state;
      state = scope(() => {
        const next = add(mul(old.m, 0.5), sqrt(old.p));
        return { p: add(old.p, mul(next, 0.25)), m: next };
      });
      disposeTree(old);
      m = m.map((v, k) => Math.fround(Math.fround(v * 0.5) + Math.fround(Math.sqrt(p[k]))));
      p = p.map((v, k) => Math.fround(v + Math.fround(m[k] * 0.25)));
      if (i % read === 0) expect(await state.p.data()).toEqual(Float32Array.from(p));
    }
    expect(await state.m.data()).toEqual(Float32Array.from(m));
  }
});

test("a kernel runs after every routine that it loads from", async () => {
  const rows = tensor([0, 2], { dtype: "i32" });
  const f = (x: Tensor, y: Tensor): Tensor[] => {
    const first = add(scatterAdd(x, rows, 4), 1);
    return [first, add(first, scatterAdd(y, rows, 4))];
  };
  const [x, y] = [tensor([10, 20]), tensor([100, 200])] as Tensor[];
  for (const [first, second] of [together(f(x, y)), compile(f)(x as never, y as never)] as Tensor[][]) {
    expect(await first.data()).toEqual(Float32Array.of(11, 1, 21, 1));
    expect(await second.data()).toEqual(Float32Array.of(111, 1, 221, 1));
  }
});
