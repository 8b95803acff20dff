import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import * as K from "@ansatz/tensor/kernel";
import { defineKernel, type KernelContext, type Value } from "@ansatz/tensor/kernel";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";
import { testDevices } from "../support/devices.ts";

const devices = await testDevices();

/** Sum, and position of the largest element, of every row; the sum has a gradient. */
const rowSummary = defineKernel({
  name: "rowSummary",
  inputs: { x: { dtype: "float", rank: 2 } },
  outputs: {
    total: { dtype: "float", shape: ({ x }) => [x[0]] },
    where: { dtype: "i32", shape: ({ x }) => [x[0]] },
    scaled: { dtype: "float", shape: ({ x }) => x },
  },
  units: ({ x }) => x[0],
  body: (k) => {
    const { x } = k.inputs;
    const row = k.index;
    const n = k.size(x, 1);
    const total = k.sum("float", 0, n, (j) => k.load(x, [row, j]));
    const best = k.variable("float", -Infinity);
    const where = k.variable("i32", -1);
    k.for(0, n, (j) => {
      const value = k.load(x, [row, j]);
      k.if(value.gt(best.get()), () => {
        best.set(value);
        where.set(j);
      });
      k.store(k.outputs.scaled, [row, j], value.mul(total));
    });
    k.store(k.outputs.total, row, total);
    k.store(k.outputs.where, row, where.get());
  },
  // total_i = sum_j x_ij and scaled_ij = x_ij total_i.
  vjp: ({ total, scaled }, { inputs: { x } }) => {
    const sums = T.sum(x, { axis: 1, keepDims: true });
    const inner = T.sum(T.mul(scaled, x), { axis: 1, keepDims: true });
    return { x: T.add(T.add(T.mul(scaled, sums), inner), T.reshape(total, [-1, 1])) };
  },
});

/** Steps of 3n + 1 until 1 is reached: a loop of a different length in every lane. */
const collatz = defineKernel({
  name: "collatz",
  inputs: { n: "u32" },
  outputs: { steps: { dtype: "i32", shape: ({ n }) => n } },
  units: ({ n }) => n[0],
  body: (k) => {
    const n = k.variable("u32", k.load(k.inputs.n, k.index));
    const steps = k.variable("i32", 0);
    k.while(
      () => n.get().gt(1),
      () => {
        const now = n.get();
        n.set(k.select(now.and(1).eq(0), now.shr(1), now.mul(3).add(1)));
        steps.add(1);
      },
    );
    k.store(k.outputs.steps, k.index, steps.get());
  },
});

/** Products of 64-bit integers, and everything else that u64 can do with them. */
const wide = defineKernel({
  name: "wide",
  inputs: { x: { dtype: "u32", rank: 2 }, y: { dtype: "u32", rank: 2 } },
  outputs: {
    z: { dtype: "u32", shape: ({ x }) => [x[0], 14, 2] },
    tests: { dtype: "bool", shape: ({ x }) => [x[0], 2] },
  },
  units: ({ x }) => x[0],
  body: (k) => {
    const i = k.index;
    const pair = (from: typeof k.inputs.x): K.U64 => ({ hi: k.load(from, [i, 0]), lo: k.load(from, [i, 1]) });
    const [x, y] = [pair(k.inputs.x), pair(k.inputs.y)];
    const results = [
      K.addU64(x, y),
      K.subU64(x, y),
      K.mulU64(x, y),
      K.xorU64(x, y),
      K.andU64(x, y),
      K.orU64(x, K.notU64(y)),
      K.shlU64(x, 13),
      K.shrU64(x, 45),
      K.rotlU64(x, 32),
      K.rotlU64(x, 7),
      K.wideMul(x.lo, y.lo),
      K.shlU64(x, y.lo),
      K.shrU64(x, y.lo),
      K.rotlU64(x, y.lo),
    ];
    results.forEach(({ hi, lo }, r) => {
      k.store(k.outputs.z, [i, r, 0], hi);
      k.store(k.outputs.z, [i, r, 1], lo);
    });
    k.store(k.outputs.tests, [i, 0], K.ltU64(x, y));
    k.store(k.outputs.tests, [i, 1], K.eqU64(x, y));
  },
});

/** a exp(-b i / n) for i < n: numbers as inputs and attributes, no arrays at all. */
const decay = defineKernel({
  name: "decay",
  inputs: { a: { dtype: "f32", rank: 0 } },
  outputs: { y: { dtype: "f32", shape: (_, { n }) => [n] } },
  attrs: { n: "i32", b: "f32", up: "bool" },
  units: (_, { n }) => n,
  body: (k) => {
    const { n, b, up } = k.attrs;
    const x = k.index
      .to("f32")
      .div(n.to("f32"))
      .mul(k.select(up, b, b.neg()));
    k.store(k.outputs.y, k.index, k.load(k.inputs.a, 0).mul(k.apply(K.expExpr, x)));
  },
});

/** Position and number of the positive elements before the first zero of every row: leaves and skips rounds unit by unit. */
const beforeZero = defineKernel({
  name: "beforeZero",
  inputs: { x: { dtype: "i32", rank: 2 } },
  outputs: {
    end: { dtype: "i32", shape: ({ x }) => [x[0]] },
    positive: { dtype: "i32", shape: ({ x }) => [x[0]] },
    halvings: { dtype: "i32", shape: ({ x }) => [x[0]] },
    rounds: { dtype: "i32", shape: ({ x }) => [x[0]] },
  },
  units: ({ x }) => x[0],
  body: (k) => {
    const n = k.size(k.inputs.x, 1);
    const end = k.variable("i32", n);
    const positive = k.variable("i32", 0);
    // Of all loops, counted before anybody leaves them.
    const rounds = k.variable("i32", 0);
    k.for(0, n, (j) => {
      rounds.add(1);
      const value = k.load(k.inputs.x, [k.index, j]);
      k.if(value.eq(0), () => {
        end.set(j);
        k.break();
      });
      k.if(value.lt(0), () => k.continue());
      positive.add(1);
    });
    // Halves the position while it is even and below a bound that is the same for all units.
    const rest = k.variable("i32", end.get());
    const halvings = k.variable("i32", 0);
    k.while(
      () => rest.get().gt(0),
      () => {
        rounds.add(1);
        k.if(rest.get().and(1).eq(1), () => k.break());
        rest.set(rest.get().shr(1));
        halvings.add(1);
        k.if(halvings.get().ge(2), () => k.break());
      },
    );
    k.for(0, end.get(), (j) => {
      rounds.add(1);
      k.if(k.load(k.inputs.x, [k.index, j]).eq(2), () => k.break());
    });
    k.store(k.outputs.rounds, k.index, rounds.get());
    k.store(k.outputs.end, k.index, end.get());
    k.store(k.outputs.positive, k.index, positive.get());
    k.store(k.outputs.halvings, k.index, halvings.get());
  },
});

describe.each(devices)("kernels on %s", (device) => {
  it("leave loops and skip rounds", async () => {
    const rows = Array.from({ length: 13 }, (_, i) =>
      Array.from({ length: 9 }, (_, j) => (j === (i * 5) % 12 ? 0 : ((i * 7 + j * 3) % 5) - 2 || 1)),
    );
    const { end, positive, halvings, rounds } = beforeZero({ x: T.tensor(rows, { dtype: "i32", device }) });
    const ends = rows.map((row) => (row.includes(0) ? row.indexOf(0) : row.length));
    expect([...(await end.data())]).toEqual(ends);
    expect([...(await positive.data())]).toEqual(
      rows.map((row, i) => row.slice(0, ends[i]).filter((v) => v > 0).length),
    );
    const halved = (e: number): number => (e === 0 ? 0 : e % 2 === 1 ? 1 : 2);
    expect([...(await rounds.data())]).toEqual(
      rows.map((row, i) => {
        const two = row.slice(0, ends[i]).indexOf(2);
        return Math.min(ends[i] + 1, row.length) + halved(ends[i]) + (two < 0 ? ends[i] : two + 1);
      }),
    );
    expect([...(await halvings.data())]).toEqual(ends.map((e) => (e % 2 === 1 || e === 0 ? 0 : e % 4 === 0 ? 2 : 1)));
  });

  it("have several outputs", async () => {
    const x = T.tensor(
      [
        [1, 5, 2],
        [-1, -3, -2],
        [0, 0, 4],
        [7, 7, 7],
        [2, 9, 1],
      ],
      { device },
    );
    const { total, where, scaled } = rowSummary({ x });
    expect([...(await total.data())]).toEqual([8, -6, 4, 21, 12]);
    expect([...(await where.data())]).toEqual([1, 0, 2, 0, 1]);
    expect([...(await scaled.data())].slice(0, 6)).toEqual([8, 40, 16, 6, 18, 12]);
    // Views and pending results are inputs, too; results go on as any others.
    const next = rowSummary({ x: T.mul(T.transpose(x), 2) });
    expect([...(await T.add(next.total, next.where).data())]).toEqual([18 + 3, 36 + 4, 24 + 3]);
  });

  it("loop differently in every lane", async () => {
    const n = Uint32Array.of(1, 2, 3, 7, 27, 97, 871, 5, 16, 9, 6171);
    const { steps } = collatz({ n: T.tensor(n, { device }) });
    expect([...(await steps.data())]).toEqual([0, 1, 7, 16, 111, 118, 178, 5, 4, 19, 261]);
  });

  it("compute with 64-bit integers", async () => {
    const values = [
      0n,
      1n,
      2n ** 32n - 1n,
      2n ** 32n,
      2n ** 64n - 1n,
      0x123456789abcdefn,
      2n ** 63n,
      5n,
      31n,
      40n,
      63n,
    ];
    const pairs = values.flatMap((x) => values.map((y) => [x, y] as const));
    const words = (side: 0 | 1): Tensor =>
      T.tensor(Uint32Array.from(pairs.flatMap((p) => [Number(p[side] >> 32n), Number(p[side] & 0xffffffffn)])), {
        shape: [pairs.length, 2],
        device,
      });
    const { z, tests } = wide({ x: words(0), y: words(1) });
    const u = (v: bigint): bigint => BigInt.asUintN(64, v);
    const rot = (v: bigint, n: bigint): bigint => u((v << n) | (v >> (64n - n)));
    const low = 0xffffffffn;
    const expected = pairs.flatMap(([x, y]) =>
      [
        u(x + y),
        u(x - y),
        u(x * y),
        x ^ y,
        x & y,
        u(x | ~y),
        u(x << 13n),
        x >> 45n,
        rot(x, 32n),
        rot(x, 7n),
        (x & low) * (y & low),
        u(x << (y & 63n)),
        x >> (y & 63n),
        rot(x, y & 63n),
      ].flatMap((v) => [Number(v >> 32n), Number(v & low)]),
    );
    expect([...(await z.data())]).toEqual(expected);
    expect([...(await tests.data())]).toEqual(pairs.flatMap(([x, y]) => [Number(x < y), Number(x === y)]));
  });

  it("take numbers, and attributes of every type", async () => {
    const a = T.tensor(3, { device });
    const { y } = decay({ a }, { n: 5, b: 2, up: false });
    expectClose(
      [...(await y.data())],
      [0, 1, 2, 3, 4].map((i) => 3 * Math.exp((-2 * i) / 5)),
      { relative: 1e-6 },
    );
    const { y: rising } = decay({ a }, { n: 3, b: 2, up: true });
    expectClose(
      [...(await rising.data())],
      [0, 1, 2].map((i) => 3 * Math.exp((2 * i) / 3)),
      { relative: 1e-6 },
    );
  });

  it("may have nothing to do", async () => {
    const { total } = rowSummary({ x: T.zeros([0, 4], { device }) });
    expect(await total.data()).toEqual(new Float32Array(0));
    const { total: none } = rowSummary({ x: T.zeros([3, 0], { device }) });
    expect([...(await none.data())]).toEqual([0, 0, 0]);
  });
});

describe("gradients of kernels", () => {
  const x = T.tensor(Float64Array.of(0.5, -1, 2, 0.25, 3, -0.5), { shape: [2, 3] }) as Tensor<"f64">;

  it("come from all outputs together", async () => {
    await gradcheck((v: Tensor) => T.sum(T.square(rowSummary({ x: v }).total)), [x]);
    await gradcheck((v: Tensor) => T.sum(T.square(rowSummary({ x: v }).scaled)), [x]);
    await gradcheck(
      (v: Tensor) => {
        const { total, scaled } = rowSummary({ x: v });
        return T.add(T.sum(T.mul(T.square(scaled), 0.5)), T.mul(T.sum(total), T.sum(scaled)));
      },
      [x],
    );
  });

  it("work inside compiled functions", async () => {
    const loss = (v: Tensor): Tensor => T.sum(T.square(rowSummary({ x: v }).scaled));
    const slow = T.grad(loss)(x);
    const fast = T.compile(T.grad(loss))(x) as Tensor;
    expect(await fast.data()).toEqual(await slow.data());
  });

  it("stop where there is no rule", async () => {
    const { y } = decay({ a: 2 }, { n: 2, b: 0, up: true });
    expect([...(await y.data())]).toEqual([2, 2]);
    const g = T.grad((a: Tensor) => T.sum(decay({ a }, { n: 2, b: 0, up: true }).y))(T.tensor(2));
    expect(await (g as Tensor).item()).toBe(0);
  });
});

type Body = KernelContext<{ x: "f32" }, { y: "f32" }, Readonly<Record<string, never>>>;

/** A kernel over one array with a given body. */
function one(body: (k: Body) => void, device = "cpu"): Promise<unknown> {
  const kernel = defineKernel({
    name: "one",
    inputs: { x: "f32" },
    outputs: { y: { dtype: "f32", shape: ({ x }) => x } },
    units: ({ x }) => x[0],
    body,
  });
  return kernel({ x: T.tensor([1, 2, 3, 4, 5], { device }) }).y.data();
}

describe("mistakes in a body", () => {
  it.each<[string, (k: Body) => void]>([
    ["an output is never stored to (got no store to y). Store all its elements.", () => undefined],
    ["index 0.5", (k) => k.load(k.inputs.x, 0.5)],
    [
      "the second operand of add has the wrong type (got i32, expected f32). Convert with to().",
      (k) => k.load(k.inputs.x, 0).add(k.index as unknown as Value<"f32">),
    ],
    [
      "sqrt does not take this type (got i32, expected f32, f64). Convert with to().",
      (k) => (k.index as unknown as Value<"f32">).sqrt(),
    ],
    [
      "the value stored to y was made inside a loop or branch that has ended (got a f32 value). " +
        "Hand it out through a variable made before.",
      (k) => {
        let last: Value<"f32"> | undefined;
        k.for(0, 3, (j) => {
          last = k.load(k.inputs.x, j);
        });
        k.store(k.outputs.y, k.index, last as Value<"f32">);
      },
    ],
    ["break outside of a loop", (k) => k.break()],
    ["continue outside of a loop", (k) => k.if(k.index.gt(1), () => k.continue())],
    [
      "break outside of a loop",
      (k) =>
        k.for(0, 3, () =>
          k.while(
            () => {
              k.break();
              return k.index.gt(1);
            },
            () => {},
          ),
        ),
    ],
    [
      "a variable is used outside of the loop or branch in which it was made (got a f32 variable).",
      (k) => {
        let inner: K.Variable<"f32"> | undefined;
        k.if(k.index.gt(1), () => {
          inner = k.variable("f32", 0);
        });
        inner?.set(1);
      },
    ],
    ["an input cannot be stored to (got x). Declare an output.", (k) => k.store(k.inputs.x as never, k.index, 0)],
    [
      "x is indexed by axes but their number is not declared (got 2 indices, expected inputs: { x: { dtype, rank: 2 } }).",
      (k) => k.load(k.inputs.x, [0, 1]),
    ],
    [
      "wrong number of indices of y (got 2, expected 1, or one number for the position in C order).",
      (k) => k.store(k.outputs.y, [0, 1], 1),
    ],
    ["the step of a loop must be a positive integer (got 0).", (k) => k.for(0, 3, () => undefined, { step: 0 })],
    ["a condition must be a value or a constant of type bool (got 1).", (k) => k.if(1 as never, () => undefined)],
  ])("%s", (message, body) => {
    const part = message.startsWith("index")
      ? "an index of x must be a value or a constant of type i32 (got 0.5)."
      : message;
    expect(() => void one(body)).toThrow(`one: ${part}`);
  });

  it("values of another kernel", () => {
    let foreign: Value<"f32"> | undefined;
    void one((k) => {
      foreign = k.load(k.inputs.x, 0);
      k.store(k.outputs.y, k.index, foreign);
    });
    expect(() => void one((k) => k.store(k.outputs.y, k.index, foreign as Value<"f32">))).toThrow(
      "one: the value stored to y belongs to another kernel or another call (got a f32 value).",
    );
  });

  it("are found when device js runs it", async () => {
    const x = (k: Body): Value<"f32"> => k.load(k.inputs.x, k.index.add(1));
    await expect(one((k) => k.store(k.outputs.y, k.index, x(k)), "js")).rejects.toThrow(
      "one: index outside of x in unit 4 (got a load at 5, expected 0 to 4).",
    );
    await expect(one((k) => k.store(k.outputs.y, k.index.shr(1), 1), "js")).rejects.toThrow(
      "one: two units write one element (got element 0 of y, written by unit 0 and in unit 1). " +
        "An element belongs to one unit: let that unit gather what goes into it.",
    );
    await expect(one((k) => k.if(k.index.ne(2), () => k.store(k.outputs.y, k.index, 1)), "js")).rejects.toThrow(
      "one: an element of an output was not written (got none for element 2 of y, expected a store by one of 5 units).",
    );
    await expect(one((k) => k.store(k.outputs.y, k.index, k.load(k.outputs.y, k.index)), "js")).rejects.toThrow(
      "one: a unit may read of an output only what it has written itself (got element 0 of y, written by no one yet, read in unit 0).",
    );
  });
});

describe("mistakes in a definition or a call", () => {
  const good = {
    name: "k",
    inputs: { x: "f32" },
    outputs: { y: { dtype: "f32", shape: () => [1] } },
    units: () => 1,
    body: () => undefined,
  } as const;

  it.each([
    [{ ...good, name: "" }, 'defineKernel: a name is needed (got "").'],
    [
      { ...good, inputs: { x: "f16" } },
      'k: unknown type of x (got "f16", expected one of bool, i32, u32, f32, f64, float).',
    ],
    [{ ...good, inputs: { x: { dtype: "f32", rank: -1 } } }, "k: rank of x must be a non-negative integer (got -1)."],
    [{ ...good, outputs: {} }, "k: an output is needed (got none)."],
    [{ ...good, attrs: { x: "i32" } }, "k: a name is used twice (got x among attrs)."],
    [
      { ...good, more: 1 },
      'k: unknown option (got "more", expected one of name, inputs, outputs, attrs, units, body, vjp).',
    ],
    [{ ...good, body: 3 }, "k: body: a function is needed (got 3)."],
  ])("%#", (spec, message) => {
    expect(() => defineKernel(spec as never)).toThrow(message);
  });

  it("of a call", () => {
    const x = T.zeros([2, 2]);
    expect(() => rowSummary({ x: T.zeros([2]) })).toThrow(
      "rowSummary: x has the wrong number of axes (got [2], expected 2).",
    );
    expect(() => rowSummary({ x: T.zeros([2, 2], { dtype: "i32" }) })).toThrow(
      "rowSummary: x has the wrong dtype (got i32, expected f32 or f64). Convert with astype().",
    );
    expect(() => rowSummary({ x, z: x } as never)).toThrow('rowSummary: unknown option (got "z", expected one of x).');
    expect(() => rowSummary({} as never)).toThrow(
      "rowSummary: x must be a tensor (got undefined). Make one with tensor().",
    );
    expect(() => decay({ a: 1 }, { n: 2.5, b: 1, up: true })).toThrow(
      "decay: attribute n must be of type i32 (got 2.5).",
    );
    expect(() => decay({ a: 1 }, { n: -1, b: 1, up: true })).toThrow(
      "decay: shape of y: sizes must be non-negative integers",
    );
  });

  it("of a gradient rule", () => {
    const wrong = defineKernel({
      name: "wrong",
      inputs: { x: "float" },
      outputs: { y: { dtype: "float", shape: ({ x }) => x } },
      units: ({ x }) => x[0],
      body: (k) => k.store(k.outputs.y, k.index, k.load(k.inputs.x, k.index)),
      vjp: ({ y }) => ({ x: T.sum(y) }),
    });
    expect(() => T.grad((x: Tensor) => T.sum(wrong({ x }).y))(T.zeros([3]))).toThrow(
      "wrong: vjp gives a gradient that does not fit x (got f32[], expected f32[3]).",
    );
  });
});
