/** Large and awkward graphs: kernels stay bounded, devices with few buffers are served, results are right. */
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import type { PlanSpec } from "../../src/backend/backend.ts";
import { packTemps, type TempRequest } from "../../src/backend/cpu/temps.ts";
import { visitExprs } from "../../src/kernel/expr.ts";
import { kernelExprs } from "../../src/kernel/kernel.ts";
import { testDevices } from "../support/devices.ts";
import { seeded } from "../support/random.ts";

const devices = await testDevices();
const values = (t: Tensor): number[] => Array.from(t.dataSync() as ArrayLike<number>);

/** Runs `fn` and returns the plans that the CPU device compiled meanwhile. */
function plansOf(fn: () => unknown): PlanSpec[] {
  const backend = T.backendOf("cpu") as { compile: (plan: PlanSpec) => unknown };
  const original = backend.compile;
  const plans: PlanSpec[] = [];
  backend.compile = (plan): unknown => {
    plans.push(plan);
    return original(plan);
  };
  try {
    fn();
  } finally {
    backend.compile = original;
  }
  return plans;
}

/** Number of expressions and results of every kernel of a plan. */
function kernelSizes(plan: PlanSpec): { operations: number; stores: number }[] {
  return plan.steps.flatMap((step) => {
    if (step.kind !== "kernel") return [];
    let operations = 0;
    visitExprs(kernelExprs(step.kernel), () => operations++);
    return [{ operations, stores: step.kernel.stores.length }];
  });
}

describe("kernels stay bounded", () => {
  const halve = (y: Tensor, x: Tensor): Tensor => T.add(T.mul(y, 0.5), x);
  const graphs: Record<string, (x: Tensor) => Tensor[]> = {
    "a chain of 5000 operations": (x) => {
      let y = x;
      for (let i = 0; i < 2500; i++) y = halve(y, x);
      return [y];
    },
    "a chain whose every value is a result": (x) => {
      const all = [x];
      for (let i = 0; i < 1000; i++) all.push(halve(all[i], x));
      return all.slice(1);
    },
    "a ladder whose number of paths doubles": (x) => {
      let y = x;
      for (let i = 0; i < 1000; i++) y = T.mul(T.add(y, y), 0.5);
      return [y];
    },
    "many independent results": (x) => Array.from({ length: 1000 }, (_, i) => T.mul(x, i)),
  };
  it.each(Object.entries(graphs))("%s", (_, f) => {
    let results: Tensor[] = [];
    const [plan] = plansOf(() => (results = T.compile(f)(T.tensor([1, 2, 4]))));
    for (const { operations, stores } of kernelSizes(plan)) {
      expect(operations).toBeLessThan(1500);
      expect(stores).toBeLessThanOrEqual(32);
    }
    // One result or none: the last value is a fixed point of its chain, or a multiple.
    const last = values(results.at(-1) as Tensor);
    expect(last.map((v) => v / last[0])).toEqual([1, 2, 4]);
  });

  it("one kernel computes a state of several tensors", () => {
    const state = Array.from({ length: 4 }, () => T.ones([5]).eval());
    const [plan] = plansOf(() => T.compile((s: Tensor[]) => s.map((x) => halve(x, s[0])))(state));
    expect(kernelSizes(plan)).toHaveLength(1);
  });
});

describe("large graphs", () => {
  it("the sum of a list of 3000 tensors, read at the end", () => {
    const list = Array.from({ length: 3000 }, (_, i) => T.full([3], i));
    expect(values(list.reduce((a: Tensor, b) => T.add(a, b)))).toEqual([4498500, 4498500, 4498500]);
  });

  it("joining 3000 tensors", () => {
    const list = Array.from({ length: 3000 }, (_, i) => T.full([2], i));
    const joined = values(T.concat(list));
    expect(joined).toEqual(Array.from({ length: 6000 }, (_, i) => i >> 1));
  });

  it("the gradient of a chain of 3000 operations, with taped nodes all the way", () => {
    // y = x (1 + a + ... + a^n), a = 1/2: the gradient of the sum is 2 - 2^-1500.
    const g = T.grad((x: Tensor) => {
      let y = x;
      for (let i = 0; i < 1500; i++) y = T.add(T.mul(y, 0.5), x);
      return T.sum(y);
    });
    expect(values(g(T.tensor([1, -3])))).toEqual([2, 2]);
  });

  it("views upon views, and rearrangements that need memory in between", () => {
    const x = T.tensor(Array.from({ length: 24 }, (_, i) => i));
    const turned = T.compile((y: Tensor) => {
      let z = T.reshape(y, [4, 6]);
      for (let i = 0; i < 3001; i++) z = T.flip(T.transpose(z), 0);
      return z;
    })(x);
    // One turn by a quarter is a turn by 3001 quarters.
    expect(values(turned)).toEqual(values(T.flip(T.transpose(T.reshape(x, [4, 6])), 0)));
    const shuffled = T.compile((y: Tensor) => {
      let z = y;
      // The map i -> 6 i mod 23 (23 stays) has order 11.
      for (let i = 0; i < 11 * 40; i++) z = T.reshape(T.transpose(T.reshape(z, [4, 6])), [24]);
      return z;
    })(x);
    expect(values(shuffled)).toEqual(values(x));
  });

  it("a thousand reductions one after the other", () => {
    const y = T.compile((x: Tensor) => {
      let z = x;
      for (let i = 0; i < 1000; i++) z = T.mul(T.add(z, T.max(z)), 0.5);
      return z;
    })(T.tensor([1, 2]));
    expect(values(y)).toEqual([2, 2]);
  });
});

describe.each(devices)("many inputs on %s", (device) => {
  const many = (): Tensor[] =>
    Array.from({ length: 40 }, (_, i) =>
      T.tensor(
        [
          [i, 2],
          [3, -i],
        ],
        { device },
      ),
    );
  const total = (list: Tensor[]): Tensor => list.reduce((a, b) => T.add(a, b));
  const cases: Record<string, [() => Tensor, number[]]> = {
    elementwise: [() => total(many()), [780, 80, 120, -780]],
    reduced: [() => T.sum(total(many()), { axis: 0 }), [900, -700]],
    "reduced with positions": [() => T.argmax(total(many()), { axis: 1 }), [0, 0]],
    "through views": [
      () => T.max(total(many().map((x, i) => (i % 2 === 0 ? x : T.transpose(x)))), { axis: 1 }),
      [780, 100],
    ],
    joined: [() => T.concat([T.transpose(total(many())), many()[1]], 1), [780, 120, 1, 2, 80, -780, 3, -1]],
    multiplied: [() => T.matmul(total(many()), many()[1]), [1020, 1480, -2220, 1020]],
    taken: [() => T.take(total(many()), T.tensor([1, 0], { dtype: "i32", device })), [120, -780, 780, 80]],
    "of scalars": [() => total(many().map((x) => T.sum(x))), [200]],
    "with many results": [
      () => {
        const xs = many();
        return T.stack(T.compile((list: Tensor[]) => list.map((x) => T.add(x, list[0])))(xs)).slice([null, 0, 1]);
      },
      new Array<number>(40).fill(4),
    ],
    "with many comparisons in one kernel": [
      () => {
        let x = T.tensor([1, NaN, 3], { device });
        for (let i = 0; i < 40; i++) x = T.maximum(T.mul(x, 0.5), T.minimum(x, 2));
        return x;
      },
      [1, NaN, 2],
    ],
  };
  it.each(Object.entries(cases))("%s", async (_, [run, want]) => {
    expect(Array.from(await T.withDevice(device, run).data())).toEqual(want);
  });
});

describe("packing of temporaries", () => {
  it("never gives blocks that live together the same addresses, and reuses what is free", () => {
    const r = seeded(11);
    for (let round = 0; round < 60; round++) {
      // In the last round, more than are placed with the greatest care.
      const [count, steps] = round < 59 ? [r.int(1, 60), 40] : [1000, 300];
      const requests: TempRequest[] = Array.from({ length: count }, (_, slot) => {
        const first = r.int(0, steps);
        return { slot, bytes: r.int(1, 4000), first, last: first + r.int(0, round % 7) };
      });
      const { offsets, bytes } = packTemps(requests);
      const aligned = (n: number): number => Math.ceil(n / 64) * 64;
      requests.forEach((a, i) => {
        expect(offsets[i] % 64).toBe(0);
        expect(offsets[i] + aligned(a.bytes)).toBeLessThanOrEqual(bytes);
        requests.forEach((b, j) => {
          if (i >= j || a.last < b.first || b.last < a.first) return;
          const apart = offsets[i] + aligned(a.bytes) <= offsets[j] || offsets[j] + aligned(b.bytes) <= offsets[i];
          expect(apart, `requests ${i} and ${j}`).toBe(true);
        });
      });
      expect(bytes).toBeLessThanOrEqual(requests.reduce((n, q) => n + aligned(q.bytes), 0));
    }
    const ring = Array.from({ length: 100 }, (_, slot) => ({ slot, bytes: 64, first: slot, last: slot + 1 }));
    expect(packTemps(ring).bytes).toBe(128);
    const long = Array.from({ length: 3000 }, (_, slot) => ({ slot, bytes: 64, first: slot, last: slot + 1 }));
    expect(packTemps(long).bytes).toBe(256);
  });

  it("looks at each of many requests a bounded number of times, however long they live", () => {
    const looks = (count: number): number => {
      let n = 0;
      const requests = Array.from({ length: count }, (_, slot): TempRequest => {
        const request = { slot, bytes: 64 + (slot % 7) * 64, last: count + slot };
        return Object.defineProperty(request as TempRequest, "first", { get: () => (n++, slot) });
      });
      packTemps(requests);
      return n;
    };
    // Four times as many, and a logarithm for sorting.
    expect(looks(16_000) / looks(4000)).toBeLessThan(5.5);
  });
});

describe("results that are another shape of what a kernel or routine computes are not copied", () => {
  const cases: Record<string, [f: (m: Tensor) => Tensor, steps: number]> = {
    "a product of matrices": [(m) => T.matmul(m, T.transpose(m)), 1],
    "a product with a vector": [(m) => T.matmul(m, T.slice(m, [0])), 1],
    "a product of stacks": [(m) => T.matmul(T.reshape(m, [2, 2, 6]), T.transpose(m)), 1],
    "a sum that keeps its axis": [(m) => T.sum(m, { axis: 1, keepDims: true }), 1],
    "joined and reshaped": [(m) => T.reshape(T.concat([m, m]), [6, 8]), 2],
    "pairs as complex numbers": [
      (m) => T.asComplex(T.concat([T.slice(m, [null, [0, 2]]), T.slice(m, [null, [2, 4]])])),
      2,
    ],
    "transposed, which moves elements": [(m) => T.transpose(T.matmul(m, T.transpose(m))), 2],
    "cut, which leaves some out": [(m) => T.slice(T.matmul(m, T.transpose(m)), [[1, 4]]), 2],
  };
  it.each(Object.entries(cases))("%s", (_, [f, steps]) => {
    const run = (device: string): Tensor => {
      const list = Float32Array.from({ length: 24 }, (__, i) => i % 5);
      return f(T.tensor(list, { shape: [4, 6], device })).eval();
    };
    let y: Tensor = T.zeros([1]);
    const [plan] = plansOf(() => (y = run("cpu")));
    expect(plan.steps).toHaveLength(steps);
    expect(y.dataSync()).toEqual(run("js").dataSync());
  });

  it("unless both are wanted, or two shapes", () => {
    const m = T.tensor([1, 2, 3, 4], { shape: [2, 2], device: "cpu" }).eval();
    const s = T.sum(m, { axis: 1 });
    const [a, b] = [T.reshape(s, [1, 2]), T.reshape(s, [2, 1])];
    T.together([a, b]);
    expect([values(a), values(b), values(s)]).toEqual([
      [3, 7],
      [3, 7],
      [3, 7],
    ]);
    const p = T.matmul(m, m);
    const q = T.reshape(p, [4]);
    T.together([p, q]);
    q.dispose();
    expect(values(p)).toEqual([7, 10, 15, 22]);
  });
});
