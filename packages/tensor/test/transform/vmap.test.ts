/** Mapping over batches: every kind of operation against a loop, in and out axes, trees, nesting, composition. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import * as fft from "@ansatz/tensor/fft";
import { int8Matmul } from "@ansatz/tensor/integer";
import { defineKernel } from "@ansatz/tensor/kernel";
import { key, keyTensor, normal, uniform } from "@ansatz/tensor/random";
import * as sorting from "@ansatz/tensor/sort";
import { ELEMENTWISE, expectClose } from "@ansatz/tensor/testing";
import { vmap } from "@ansatz/tensor/transform";
import { ONE_PER_ELEMENT, ROUTINE_RULES } from "../../src/transform/batchRoutines.ts";
import { seeded } from "../support/random.ts";
import { loss, smoothProgram } from "../support/smooth.ts";

const r = seeded(11);
const f64 = (shape: number[], low = -1, high = 1): Tensor =>
  T.tensor(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => low + (high - low) * r.next()),
    { shape },
  );
const ints = (shape: number[], low: number, high: number): Tensor =>
  T.tensor(
    Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => r.int(low, high)),
    { shape },
  );
const values = (t: Tensor): number[] => Array.from(t.dataSync() as ArrayLike<number>);
const B = 3;

/** Element b of what is mapped along its first axis. */
const element = (x: Tensor, mapped: boolean, b: number): Tensor => (mapped ? T.slice(x, [b]) : x);

/** Compares vmap with a loop, for every choice of mapped arguments. */
function check(f: (...x: Tensor[]) => Tensor | Tensor[], one: Tensor[], many: Tensor[]): void {
  const listed = (...x: Tensor[]): Tensor[] => [f(...x)].flat();
  for (let which = 1; which < 2 ** one.length; which++) {
    const mapped = one.map((_, i) => (which & (1 << i)) !== 0);
    const args = one.map((x, i) => (mapped[i] ? many[i] : x));
    const got = vmap(listed, { in: mapped.map((m) => (m ? 0 : null)) })(...args);
    const loop = Array.from({ length: B }, (_, b) => listed(...args.map((x, i) => element(x, mapped[i], b))));
    got.forEach((y, k) => {
      const want = T.stack(loop.map((parts) => parts[k]));
      expect(y.shape).toEqual(want.shape);
      expect(y.dtype).toBe(want.dtype);
      expectClose(values(y), values(want), { absolute: 1e-12, relative: 1e-12 }, `mapped ${mapped.join()}, ${k}`);
    });
  }
}

const sized = (shape: readonly number[]): number[] => [B, ...shape];

/** As {@link check}, with random floats of the given shapes. */
function checkFloats(f: (...x: Tensor[]) => Tensor | Tensor[], ...shapes: number[][]): void {
  check(
    f,
    shapes.map((s) => f64(s)),
    shapes.map((s) => f64(sized(s))),
  );
}

describe("every elementwise operation", () => {
  it.each(ELEMENTWISE.map((e) => [e.op.name, e] as const))("%s", (_, { op, apply, domain }) => {
    const { accepts } = op.row;
    const draw = (i: number, shape: number[]): Tensor => {
      const [low, high] = domain[i];
      if (accepts === "bool") return T.astype(ints(shape, 0, 1), "bool");
      return accepts === "bits" || accepts === "int" ? ints(shape, low, high) : f64(shape, low, high);
    };
    const shapes = [[2, 3], [3]].slice(0, domain.length);
    check(
      (...x) => apply(...x),
      shapes.map((s, i) => draw(i, s)),
      shapes.map((s, i) => draw(i, sized(s))),
    );
    if (domain.length === 2) {
      check((...x) => apply(...x), [draw(0, []), draw(1, [2])], [draw(0, [B]), draw(1, [B, 2])]);
    }
  });
});

/** With the name of a routine that has a rule, which must not be taken for it. */
const powers = defineKernel({
  name: "matmul",
  inputs: { x: { dtype: "float", rank: 1 } },
  outputs: {
    double: { dtype: "float", shape: ({ x }) => x },
    square: { dtype: "float", shape: ({ x }) => x },
  },
  units: ({ x }) => x[0],
  body: (k) => {
    const x = k.load(k.inputs.x, k.index);
    k.store(k.outputs.double, k.index, x.add(x));
    k.store(k.outputs.square, k.index, x.mul(x));
  },
});

describe("every other kind of operation", () => {
  const at = T.tensor([2, 0, 7, -1], { dtype: "i32" });
  const cases: Record<string, () => void> = {
    reshape: () => checkFloats((x) => T.reshape(T.permute(x, [1, 0]), [3, 4]), [4, 3]),
    broadcastTo: () => checkFloats((x) => T.broadcastTo(x, [2, 3, 4]), [3, 1]),
    "slice and flip": () => checkFloats((x) => T.flip(T.slice(x, [[1, 4, 2], 0]), 0), [5, 3]),
    "pad, concat, stack": () =>
      checkFloats(
        (x, y) => [T.pad(x, [1, [0, 2]], { value: 3 }), T.concat([x, y, x], 1), T.stack([x, x], 2)],
        [2, 3],
        [2, 1],
      ),
    "real and complex pairs": () =>
      checkFloats(
        (x) => {
          const z = T.asComplex(x);
          return [T.asReal(T.mul(z, z)), T.abs(z), T.real(T.exp(z))];
        },
        [3, 2],
      ),
    where: () => checkFloats((x, y) => T.where(T.greater(x, 0), y, 1), [4], [2, 4]),
    astype: () => checkFloats((x) => [T.astype(x, "f32"), T.astype(T.mul(x, 5), "i32"), T.astype(x, "bool")], [4]),
    "sum, mean, variance": () =>
      checkFloats(
        (x) => [
          T.sum(x),
          T.sum(x, { axis: 1 }),
          T.mean(x, { axis: [0, 2], keepDims: true }),
          T.variance(x, { axis: 0 }),
        ],
        [2, 3, 4],
      ),
    "prod, max, argmin, any": () =>
      checkFloats(
        (x) => [T.prod(x, { axis: 0 }), T.max(x), T.argmin(x, { axis: 1 }), T.argmax(x), T.any(T.greater(x, 0.8))],
        [3, 4],
      ),
    "sum of an axis of size 1": () => checkFloats((x) => T.argmax(x, { axis: 0 }), [1, 4]),
    softmax: () => checkFloats((x) => [T.softmax(x), T.layerNorm(x), T.logsumexp(x, { axis: 0 })], [2, 5]),
    "take of fixed positions": () => checkFloats((x) => [T.take(x, at, 1), T.take(x, at, 0)], [3, 4, 2]),
    "take, both mapped": () => {
      for (const axis of [0, 1, 2]) {
        check(
          (x, i) => T.where(T.isNaN(T.take(x, i, axis)), -5, T.take(x, i, axis)),
          [f64([3, 3, 3]), ints([2, 2], -5, 4)],
          [f64([B, 3, 3, 3]), ints([B, 2, 2], -5, 4)],
        );
      }
    },
    "take of integers": () =>
      check((x, i) => T.take(x, i), [ints([4], 0, 9), ints([], 0, 5)], [ints([B, 4], 0, 9), ints([B], 0, 5)]),
    scatterAdd: () => {
      for (const axis of [0, 1]) {
        check(
          (x, i) => T.scatterAdd(x, i, 3, axis),
          [f64([4, 4, 2]), ints([4], -4, 3)],
          [f64([B, 4, 4, 2]), ints([B, 4], -4, 3)],
        );
      }
    },
    "matmul of matrices": () => checkFloats((a, b) => T.matmul(a, b), [2, 3], [3, 4]),
    "matmul of vectors": () => checkFloats((a, b) => [T.matmul(a, b), T.matmul(b, T.transpose(a))], [2, 3], [3]),
    "matmul of batches": () => checkFloats((a, b) => T.matmul(a, b), [2, 2, 3], [2, 3, 4]),
    "complex matmul": () =>
      checkFloats((a, b) => T.asReal(T.matmul(T.asComplex(a), T.asComplex(b))), [2, 3, 2], [3, 2, 2]),
    conv2d: () => checkFloats((x, w) => conv2d(x, w, { padding: 1, stride: 2 }), [2, 2, 5, 4], [3, 2, 3, 2]),
    "conv2d with groups": () => checkFloats((x, w) => conv2d(x, w, { groups: 2 }), [1, 4, 4, 4], [6, 2, 2, 2]),
    "gradients of conv2d": () =>
      checkFloats(
        (x, w) => T.vjp((a, b) => conv2d(a, b, { dilation: 2 }), x, w).pull(T.ones([2, 4, 3, 3], { dtype: "f64" })),
        [2, 2, 5, 5],
        [4, 2, 2, 2],
      ),
    scans: () =>
      checkFloats(
        (x) => [
          sorting.cumsum(x, { axis: 0, reverse: true }),
          sorting.cumprod(x),
          sorting.cummax(x, { exclusive: true }),
          sorting.cumargmin(x, { axis: 0 }),
          sorting.logcumsumexp(x),
        ],
        [3, 4],
      ),
    linearRecurrence: () => checkFloats((a, b) => sorting.linearRecurrence(a, b, { axis: 0 }), [4, 2], [4, 2]),
    sorting: () =>
      checkFloats(
        (x) => {
          const { values: best, indices } = sorting.topk(x, 2, { axis: 0 });
          return [
            sorting.sort(x),
            sorting.argsort(x, { descending: true }),
            best,
            indices,
            T.grad((y: Tensor) => T.sum(T.mul(sorting.sort(y), T.iota([4]))))(x),
          ];
        },
        [3, 4],
      ),
    fft: () =>
      checkFloats(
        (x) => [
          fft.fft(x, { axis: 0 }),
          fft.rfft(T.slice(x, [null, null, 0]), { axis: 0 }),
          fft.dct(T.slice(x, [null, null, 1])),
        ],
        [6, 5, 2],
      ),
    "kernels of users": () => checkFloats((x) => Object.values(powers({ x })), [5]),
    "products of bytes": () => {
      const words = (shape: number[]): Tensor => T.bitcast(ints(shape, -(2 ** 31), 2 ** 31 - 1), "u32");
      check((a, b) => int8Matmul(a, b, { k: 7 }), [words([3, 2]), words([4, 2])], [words([B, 3, 2]), words([B, 4, 2])]);
    },
    "linspace, iota and constants": () =>
      checkFloats((x) => [T.add(x, T.iota([3])), T.mul(T.ones([3]), T.sum(x))], [3]),
  };
  it.each(Object.entries(cases))("%s", (_, run) => run());

  it("routines have a rule", () => {
    const folder = new URL("../../src/", import.meta.url);
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts"));
    const names = sources.flatMap((file) => {
      const text = readFileSync(new URL(file, folder), "utf8");
      return [...text.matchAll(/defineOp<RoutineOp>\(\{[^}]*?\bname: "(\w+)"/g)].map((m) => m[1]);
    });
    expect(names.length).toBeGreaterThanOrEqual(Object.keys(ROUTINE_RULES).length);
    const known = [...Object.keys(ROUTINE_RULES), ...ONE_PER_ELEMENT];
    expect(names.filter((name) => !known.includes(name)).toSorted()).toEqual([]);
  });
});

describe("axes", () => {
  const x = f64([2, B, 4]);
  const y = f64([4, B]);
  const f = (a: Tensor, b: Tensor): Tensor => T.sum(T.mul(a, b), { axis: 0 });

  it("of arguments and results", () => {
    const want = T.stack(
      Array.from({ length: B }, (_, b) => f(T.slice(x, [null, b]), T.slice(y, [null, b]))),
      1,
    );
    const got = vmap(f, { in: [1, -1], out: 1 })(x, y);
    expect(got.shape).toEqual([4, B]);
    expectClose(values(got), values(want), { absolute: 1e-14 });
    expect(vmap(f, { in: [1, -1], out: -1 })(x, y).shape).toEqual([4, B]);
  });

  it("of trees, part by part", () => {
    const tree = { w: f64([4, B]), more: [f64([B]), f64([2])] as const };
    const g = (t: typeof tree, c: number): { s: Tensor; parts: Tensor[] } => ({
      s: T.mul(T.sum(t.w), t.more[0]),
      parts: [T.mul(t.more[1], c), T.mul(t.w, t.more[0])],
    });
    const got = vmap(g, { in: [{ w: 1, more: [0, null] }, null], out: { s: 0, parts: [null, 1] } })(tree, 2);
    expect([got.s.shape, got.parts[0].shape, got.parts[1].shape]).toEqual([[B], [2], [4, B]]);
    for (let b = 0; b < B; b++) {
      const one = g({ w: T.slice(tree.w, [null, b]), more: [T.slice(tree.more[0], [b]), tree.more[1]] }, 2);
      expectClose(values(T.slice(got.s, [b])), values(one.s), { absolute: 1e-14 });
      expectClose(values(got.parts[0]), values(one.parts[0]), { absolute: 1e-14 });
      expectClose(values(T.slice(got.parts[1], [null, b])), values(one.parts[1]), { absolute: 1e-14 });
    }
  });

  it("one for all arguments", () => {
    expect(values(vmap((a: Tensor, b: Tensor) => T.sub(a, b), { in: 1 })(y, y))).toEqual(new Array(4 * B).fill(0));
  });

  it("results that do not depend on the batch are repeated, arguments that pass through are copied", () => {
    const [a, b, c] = vmap((v: Tensor) => [T.ones([2]), v, v])(y);
    expect(a.shape).toEqual([4, 2]);
    expect(values(a)).toEqual(new Array(8).fill(1));
    b.dispose();
    expect(values(c)).toEqual(values(y));
  });

  it("of size 0 and 1", () => {
    expect(vmap((v: Tensor) => T.sum(T.matmul(v, v)))(T.zeros([0, 2, 2])).shape).toEqual([0]);
    expect(vmap((v: Tensor) => Object.values(powers({ x: v })))(T.zeros([0, 2]))[1].shape).toEqual([0, 2]);
    expectClose(values(vmap(T.exp)(T.slice(y, [[0, 1]]) as never)), values(T.exp(T.slice(y, [[0, 1]]))), {});
  });
});

describe("composition", () => {
  const w = f64([4, 3]);
  const x = f64([B, 4]);
  const y = f64([5, 3]);
  const model = (p: Tensor, a: Tensor, b: Tensor): Tensor => T.sum(T.tanh(T.mul(T.matmul(a, p), b)));

  it("nested: all pairs", () => {
    const got = vmap((a: Tensor) => vmap((b: Tensor) => model(w, a, b))(y))(x);
    expect(got.shape).toEqual([B, 5]);
    for (let i = 0; i < B; i++) {
      for (let j = 0; j < 5; j++) {
        const one = model(w, T.slice(x, [i]), T.slice(y, [j]));
        expectClose(values(T.slice(got, [i, j])), values(one), { absolute: 1e-13 });
      }
    }
  });

  it("of a gradient: one per element", () => {
    const got = vmap((a: Tensor) => T.grad((p: Tensor) => model(p, a, T.slice(y, [0])))(w))(x);
    for (let i = 0; i < B; i++) {
      const one = T.grad((p: Tensor) => model(p, T.slice(x, [i]), T.slice(y, [0])))(w);
      expectClose(values(T.slice(got, [i])), values(one), { absolute: 1e-13 });
    }
  });

  it("under a gradient, a tangent and a second derivative", () => {
    const total = (p: Tensor): Tensor => T.sum(vmap((a: Tensor) => model(p, a, T.slice(y, [1])))(x));
    const loop = (p: Tensor): Tensor =>
      T.sum(T.stack(Array.from({ length: B }, (_, i) => model(p, T.slice(x, [i]), T.slice(y, [1])))));
    const v = f64([4, 3]);
    expectClose(values(T.grad(total)(w)), values(T.grad(loop)(w)), { absolute: 1e-13 });
    expectClose(values(T.jvp(total, [w], [v]).tangent), values(T.jvp(loop, [w], [v]).tangent), { absolute: 1e-13 });
    const twice = (f: (p: Tensor) => Tensor): Tensor => T.jvp(T.grad(f), [w], [v]).tangent;
    expectClose(values(twice(total)), values(twice(loop)), { absolute: 1e-12 });
  });

  it("with compile, inside and outside", () => {
    const f = (a: Tensor): Tensor => model(w, a, T.slice(y, [2]));
    const want = values(vmap(f)(x));
    const outer = T.compile((batch: Tensor) => vmap(f)(batch));
    expectClose(values(outer(x)), want, { absolute: 1e-13 });
    expectClose(values(outer(T.mul(x, 1))), want, { absolute: 1e-13 });
    expectClose(values(vmap(T.compile(f))(x)), want, { absolute: 1e-13 });
  });

  it("with scope and disposed intermediates", () => {
    const f = (a: Tensor): Tensor => T.scope(() => T.sum(T.mul(T.exp(a), T.tensor(Float64Array.of(1, 2, 3, 4)))));
    const want = values(T.sum(T.mul(T.exp(x), T.tensor(Float64Array.of(1, 2, 3, 4))), { axis: 1 }));
    expectClose(values(vmap(f)(x)), want, { absolute: 1e-13 });
  });

  it("evaluates all results together, and leaves nothing behind", () => {
    const used = [0, 1, 2].map(() => {
      const pair = vmap((a: Tensor) => [T.exp(a), T.sum(a)])(x);
      expect(values(pair[1])).toHaveLength(B);
      expect(pair[0].storage).not.toBeNull();
      for (const t of pair) t.dispose();
      return T.memory().used;
    });
    expect(used[2]).toBe(used[1]);
  });

  it("random programs and their gradients equal a loop", () => {
    for (let seed = 0; seed < 40; seed++) {
      const program = smoothProgram(seeded(seed + 50), 8);
      const batches = program.shapes.map((shape, i) =>
        f64(
          [B, ...shape].map((n) => n),
          -1,
          1 - 0.1 * i,
        ),
      );
      const value = (...a: Tensor[]): Tensor[] => [
        ...program.run(...a),
        ...T.grad((p: Tensor[]) => loss(program.run(...p)))(a),
      ];
      try {
        const got = vmap(value)(...batches);
        for (let b = 0; b < B; b++) {
          const want = value(...batches.map((x1) => T.slice(x1, [b])));
          got.forEach((t, k) => {
            expectClose(values(T.slice(t, [b])), values(want[k]), { absolute: 1e-11, relative: 1e-11 }, `result ${k}`);
          });
        }
      } catch (error) {
        (error as Error).message = `seed ${seed}: ${(error as Error).message}\n${program.text}`;
        throw error;
      }
    }
  });
});

describe("random numbers", () => {
  it("from a key are the same for all elements, from key tensors their own", () => {
    const keys = key(5).split(B);
    const same = vmap((a: Tensor) => T.add(normal(key(5), [4]), T.mul(a, 0)))(T.zeros([B]));
    for (let b = 0; b < B; b++) expect(values(T.slice(same, [b]))).toEqual(values(normal(key(5), [4])));
    const own = vmap((k: Tensor) => uniform(k as Tensor<"u32">, [2, 4]))(T.stack(keys.map((k) => keyTensor(k))));
    const normals = vmap((k: Tensor) => normal(k as Tensor<"u32">, [4]))(T.stack(keys.map((k) => keyTensor(k))));
    keys.forEach((k, b) => {
      expect(values(T.slice(own, [b]))).toEqual(values(uniform(k, [2, 4])));
      expect(values(T.slice(normals, [b]))).toEqual(values(normal(k, [4])));
    });
  });
});

describe("errors", () => {
  const x = T.ones([3, 2]);
  const id = (a: Tensor): Tensor => a;
  it.each<[string, () => unknown, string]>([
    ["no function", () => vmap(1 as never), "vmap: a function is needed (got 1)"],
    ["an unknown option", () => vmap(id, { axis: 0 } as never), 'vmap: unknown option (got "axis"'],
    ["nothing mapped", () => vmap(id, { in: [null] })(x), "vmap: nothing is mapped"],
    ["other sizes", () => vmap(T.add as never, { in: [0, 1] })(x, x), "sizes of the batch differ (got 3 and 2"],
    ["no such axis", () => vmap(id, { in: 2 })(x), "vmap, argument 1: axis out of range (got 2"],
    ["a scalar", () => vmap(id)(T.scalar(1)), "axis out of range (got 0, expected no axis for a scalar)"],
    [
      "too few axes",
      () => vmap(T.add as never, { in: [0] })(x, x),
      "in must have an entry per argument (got 1, expected 2)",
    ],
    ["axes of another structure", () => vmap(id, { in: [[0]] })(x), "vmap: in for argument 1 does not fit (got [0]"],
    ["no such axis of a result", () => vmap(id, { out: 3 })(x), "vmap, out: axis out of range (got 3"],
    ["a dependent result without axis", () => vmap(id, { out: null })(x), "a result depends on the batch"],
    [
      "an argument that is no tree",
      () => vmap(id as never)(3 as never),
      "vmap, argument 1: leaves must be tensors (got 3",
    ],
    [
      "a result that is no tree",
      () => vmap((() => 3) as never)(x),
      "vmap, result of the function: leaves must be tensors",
    ],
    [
      "reading",
      () => vmap((a: Tensor) => T.mul(a, a.dataSync()[0] as number))(x),
      "there are no values inside of compile and vmap",
    ],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
