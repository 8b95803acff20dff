import { afterEach, describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";

const before = T.configure({});
afterEach(() => {
  T.configure(before);
});

const values = (t: Tensor): number[] => Array.from(t.dataSync() as ArrayLike<number>);
const used = (): number => T.memory("cpu").used;

describe("compile inside other transforms", () => {
  const square = T.compile((x: Tensor) => T.square(x));
  const scaled = T.compile<[Tensor, number], Tensor>((x, c) => T.mul(x, c));

  it("is differentiated through", () => {
    expect(values(T.grad((x: Tensor) => T.sum(square(x)))(T.tensor([3, -1])))).toEqual([6, -2]);
    expect(values(T.grad((x: Tensor) => T.sum(scaled(x, 2.5)))(T.tensor([3])))).toEqual([2.5]);
    expect(values(T.jvp((x: Tensor) => square(x), [T.tensor([3])], [T.tensor([10])]).tangent)).toEqual([60]);
  });

  it("is compiled into the outer function, numbers included", () => {
    const outer = T.compile<[Tensor, number], Tensor>((x, c) => scaled(square(x), c as unknown as number));
    expect(values(outer(T.tensor([3]), 2))).toEqual([18]);
    expect(values(outer(T.tensor([3]), 5))).toEqual([45]);
  });

  it("lets numbers adopt the data type of the tensors they meet", () => {
    const x = T.ones([1], { dtype: "f64" });
    expect(values(scaled(x, 0.1))).toEqual([0.1]);
    expect(values(T.grad((y: Tensor) => T.sum(scaled(y, 0.1)))(x))).toEqual([0.1]);
  });

  it("gives results that do not belong to anybody else", () => {
    const x = T.tensor([1, 2]);
    const same = T.compile((y: Tensor) => [y, y] as const);
    T.grad((y: Tensor) => {
      const [a, b] = same(y);
      expect(a).not.toBe(y);
      expect(a).not.toBe(b);
      a.dispose();
      return T.sum(b);
    })(x).dataSync();
    expect(values(x)).toEqual([1, 2]);
  });
});

describe("results of compiled functions", () => {
  it("may be arguments, captured tensors with and without values, constants, numbers and repetitions", () => {
    const kept = T.tensor([7]);
    const pending = T.add(T.tensor([7]), 1);
    const f = T.compile<[Tensor, number], Tensor[]>((x, c) => [
      x,
      x,
      kept,
      pending,
      pending,
      T.ones([1]),
      T.tensor([9]),
      c,
    ]);
    for (const c of [0.5, -2]) {
      const out = f(T.tensor([3]), c);
      expect(out.map(values)).toEqual([[3], [3], [7], [8], [8], [1], [9], [c]]);
      for (const t of out) t.dispose();
    }
    expect(values(kept)).toEqual([7]);
    expect(values(pending)).toEqual([8]);
  });

  it("may be empty trees", () => {
    expect(T.compile(() => [])()).toEqual([]);
    expect(T.compile((x: Tensor) => ({ a: {}, b: [x] }))(T.ones([0])).a).toEqual({});
  });
});

describe("signatures", () => {
  it("tell apart structures, shapes, types, devices and the default device", () => {
    let traces = 0;
    const f = T.compile((tree: T.Tree, ..._: T.Tree[]) => {
      traces++;
      return T.treeMap((x) => T.add(x, 1), tree);
    });
    const x = (): Tensor => T.tensor([1, 2]);
    const calls: T.Tree[][] = [
      [x()],
      [[x()]],
      [{ a: x() }],
      [{ b: x() }],
      [{ a: x(), b: x() }],
      [{ b: x(), a: x() }],
      [{ "a:*,b": x() }],
      [[x(), []], x()],
      [x(), x()],
      [T.tensor([1])],
      [T.tensor([[1, 2]])],
      [T.tensor([1, 2], { dtype: "i32" })],
      [T.tensor([1, 2], { device: "js" })],
    ];
    for (let round = 0; round < 2; round++) {
      for (const [i, args] of calls.entries()) {
        f(...(args as [T.Tree]));
        expect(traces).toBe(round === 0 ? i + 1 : calls.length);
      }
    }
  });

  it("follow the default device", () => {
    const f = T.compile(() => T.ones([2]));
    expect(f().device).toBe("cpu");
    expect(T.withDevice("js", () => f()).device).toBe("js");
    expect(f().device).toBe("cpu");
  });

  it("are forgotten when there are too many, and traced again", () => {
    let traces = 0;
    const f = T.compile((x: Tensor) => (traces++, T.add(x, 1)));
    for (let n = 1; n <= 100; n++) f(T.ones([n])).dispose();
    expect(traces).toBe(100);
    expect(values(f(T.ones([1])))).toEqual([2]);
    expect(traces).toBe(101);
    f(T.ones([100]));
    expect(traces).toBe(101);
  });
});

describe("donation", () => {
  it("leaves a pending consumer of the argument what it needs", () => {
    const x = T.tensor([1, 2]);
    const y = T.add(x, 1);
    const f = T.compile((a: Tensor) => T.mul(a, 2), { donate: [0] });
    expect(values(f(x))).toEqual([2, 4]);
    expect(() => f(x)).toThrow(
      "compiled function: tensor was disposed or donated (got f32[2], expected a live tensor). Dispose it after its last use, or keep a copy.",
    );
    expect(values(y)).toEqual([2, 3]);
  });

  it("happens only when the run succeeds", () => {
    const f = T.compile((a: Tensor) => T.broadcastTo(T.add(a, 1), [1 << 20, 2]), { donate: [0] });
    const x = T.tensor([1, 2]);
    T.configure({ memoryBudget: 2 ** 20 });
    expect(() => f(x)).toThrow(T.OutOfMemoryError);
    T.configure(before);
    expect(values(T.slice(f(x), [0]))).toEqual([2, 3]);
  });

  it("of a tensor that is passed twice, or captured, spares the others", () => {
    const x = T.tensor([1, 2]);
    const f = T.compile((a: Tensor, b: Tensor) => T.add(a, b), { donate: [0] });
    expect(values(f(x, x))).toEqual([2, 4]);
    const captured = T.tensor([10]);
    const g = T.compile((a: Tensor) => T.add(a, captured), { donate: [0] });
    const other = T.tensor([1]);
    expect(values(g(other))).toEqual([11]);
    expect(values(g(captured))).toEqual([20]);
    expect(values(g(T.tensor([2])))).toEqual([12]);
  });
});

describe.each(["cpu", "js"])("memory of donated arguments on %s", (device) => {
  // Not a multiple of what the loops take at a time.
  const [rows, columns] = [31, 33];
  const n = rows * columns;
  const turned = Array.from({ length: n }, (_, i) => n - 1 - i);
  const make = (scale: number, shape: readonly number[] = [n]): Tensor =>
    T.tensor(
      Float32Array.from({ length: n }, (_, i) => scale * i - 7),
      { shape, device },
    );
  /** Where a tensor's values are. */
  const place = (t: Tensor): number => (t.eval().storage as { ptr: number }).ptr;
  const allocated = (run: () => void): number => {
    const start = T.memory(device).used;
    run();
    return T.memory(device).used - start;
  };

  it("is taken by results that are computed where it is read", () => {
    const f = T.compile((a: Tensor, b: Tensor, c: Tensor) => [T.add(T.mul(a, b), c), T.sub(a, b)] as const, {
      donate: [0, 1],
    });
    for (let call = 0; call < 2; call++) {
      const [a, b, c] = [make(1), make(-2), make(0.5)];
      const want = [T.add(T.mul(a, b), c), T.sub(a, b)].map(values);
      const places = new Set([a, b].map(place));
      const got = f(a, b, c);
      expect(got.map(values)).toEqual(want);
      expect(new Set(got.map(place))).toEqual(places);
      expect(() => a.dataSync()).toThrow(T.DisposedError);
      // Giving back what is no longer there does nothing.
      expect(allocated(() => a.dispose())).toBe(0);
      expect(got.map(values)).toEqual(want);
      expect(allocated(() => got.forEach((t) => t.dispose()))).toBeLessThanOrEqual(-2 * 4 * n);
    }
  });

  it.each<readonly [string, (a: Tensor, b: Tensor) => Tensor]>([
    ["in another order", (a) => T.add(T.flip(a), 1)],
    ["at two places", (a) => T.add(a, T.flip(a))],
    ["with a shift", (a) => T.add(a, T.concat([T.slice(a, [[1, n]]), T.slice(a, [[0, 1]])]))],
    ["transposed", (a) => T.add(T.reshape(T.transpose(T.reshape(a, [rows, columns])), [n]), 1)],
    ["as a whole", (a) => T.sub(a, T.max(a))],
    ["row by row", (a) => T.reshape(T.softmax(T.reshape(a, [rows, columns]), 1), [n])],
    ["at computed places", (a) => T.add(T.take(a, T.tensor(turned, { dtype: "i32", device })), a)],
    ["in another type", (a) => a.astype("i32")],
    ["of another size", (a, b) => T.add(T.reshape(a, [1, n]), T.reshape(T.slice(b, [[0, 3]]), [3, 1]))],
    ["by a routine", (a) => T.add(T.matmul(a, a), a)],
    ["later again", (a, b) => T.concat([T.add(a, 1), T.mul(T.flip(a), T.sum(b))])],
  ])("is not mistaken when it is read %s", (_, f) => {
    const both = (a: Tensor, b: Tensor) => [f(a, b), T.sub(a, 1), T.mul(T.flip(a), T.sum(b))] as const;
    const compiled = T.compile(both, { donate: [0] });
    const alone = T.compile(f, { donate: [0] });
    for (let call = 0; call < 2; call++) {
      const [a, b] = [make(1), make(3)];
      const want = both(a, b).map(values);
      expect(values(alone(make(1), b))).toEqual(want[0]);
      expect(compiled(a, b).map(values)).toEqual(want);
    }
  });

  it("is not mistaken by kernels that run together row by row", () => {
    const shape = [256, 256];
    const f = (a: Tensor): Tensor => T.add(a, T.sum(T.flip(a), { axis: 1, keepDims: true }));
    const a = T.tensor(
      Float32Array.from({ length: 2 ** 16 }, (_, i) => i % 97),
      { shape, device },
    );
    const want = Float32Array.from(values(f(a)));
    expect(
      Buffer.compare(
        Buffer.from(want.buffer),
        Buffer.from(Float32Array.from(values(T.compile(f, { donate: [0] })(a))).buffer),
      ),
    ).toBe(0);
  });

  it("is left alone where somebody else needs it", () => {
    const f = T.compile((a: Tensor, b: Tensor) => T.add(T.mul(a, 2), b), { donate: [0] });
    const x = make(1);
    const doubled = values(T.mul(x, 2));
    const later = T.mul(x, 2);
    expect(values(f(x, make(0)))).toEqual(doubled.map((v) => v - 7));
    expect(values(later)).toEqual(doubled);
    const y = make(1);
    const original = values(y);
    expect(values(f(y, y))).toEqual(original.map((v) => 3 * v));
    const captured = make(2);
    const g = T.compile((a: Tensor) => T.add(a, captured), { donate: [0] });
    const wanted = values(T.mul(captured, 2));
    expect(values(g(captured))).toEqual(wanted);
    expect(values(g(make(2)))).toEqual(wanted);
  });

  it("comes back when there is no memory for the others", () => {
    const f = T.compile((a: Tensor) => [T.add(a, 1), T.broadcastTo(a, [1 << 20, n])] as const, { donate: [0] });
    const x = make(1);
    const original = values(x);
    T.configure({ memoryBudget: 2 ** 20 });
    expect(() => f(x)).toThrow(T.OutOfMemoryError);
    T.configure(before);
    expect(values(x)).toEqual(original);
    x.dispose();
  });
});

describe("memory of compiled functions", () => {
  it("captured tensors stay until the function goes, but traced nodes hold nothing", () => {
    const start = used();
    const n = 1 << 16;
    const x = T.tensor(new Float32Array(n));
    const captured = T.tensor(new Float32Array(n).fill(2));
    const f = T.compile((a: Tensor) => T.sum(T.mul(a, captured)));
    f(x).dispose();
    x.dispose();
    expect(used() - start).toBeLessThan(1.5 * 4 * n);
    captured.dispose();
    expect(values(f(T.ones([n])))).toEqual([2 * n]);
    const failing = T.compile((a: Tensor) => {
      T.mul(a, y);
      throw new Error("no");
    });
    const y = T.tensor(new Float32Array(n));
    expect(() => failing(T.ones([n]))).toThrow("no");
    const held = used();
    y.dispose();
    expect(held - used()).toBeGreaterThanOrEqual(4 * n);
  });
});

describe("precision", () => {
  it("is part of what plans and compiled functions depend on", () => {
    const a = T.div(T.add(T.iota([64, 64]), 1), 97).eval();
    const js = T.tensor(a.dataSync() as Float32Array, { shape: [64, 64], device: "js" });
    const f = T.compile((x: Tensor) => T.matmul(x, x));
    const loose = [T.matmul(a, a), f(a)].map(values);
    T.configure({ precision: "strict" });
    const exact = [T.matmul(a, a), f(a)].map(values);
    const want = values(T.matmul(js, js));
    T.configure({ precision: "default" });
    expect(exact).toEqual([want, want]);
    expect([T.matmul(a, a), f(a)].map(values)).toEqual(loose);
  });
});
