/** Kernels that are run together, a few rows at a time: which ones are, and that nothing but time and memory tells. */
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import type { PlanSpec } from "../../src/backend/backend.ts";
import { groupRows, type RowGroup } from "../../src/backend/cpu/rows.ts";

const [ROWS, COLUMNS] = [93, 203];

/** Numbers with a few that are not finite, and rows of one value. */
function values(device: string, dtype: "f32" | "f64" = "f32"): Tensor {
  const size = ROWS * COLUMNS;
  const list = Float64Array.from({ length: size }, (_, i) => {
    if (i % 4001 === 17) return i % 2 === 0 ? Infinity : NaN;
    if (i < 2 * COLUMNS) return i < COLUMNS ? 3 : -Infinity;
    return Math.sin(1.7 * i) * (i % 7 === 0 ? 90 : 3);
  });
  return T.tensor(list, { shape: [ROWS, COLUMNS], dtype, device });
}

/** The groups of the plans that `fn` makes. */
function groupsOf(fn: () => Tensor): { groups: RowGroup[]; steps: number } {
  const backend = T.backendOf("cpu") as { compile: (plan: PlanSpec) => unknown };
  const original = backend.compile;
  const groups: RowGroup[] = [];
  let steps = 0;
  backend.compile = (plan): unknown => {
    steps += plan.steps.length;
    groups.push(...groupRows(plan).filter((step) => step.kind === "rows"));
    return original(plan);
  };
  try {
    fn().eval();
  } finally {
    backend.compile = original;
  }
  return { groups, steps };
}

const ROW = { axis: 1, keepDims: true } as const;
const index = (t: Tensor): Tensor => T.tensor(Int32Array.of(5, 0, 202, 7), { device: t.device });

interface Case {
  readonly f: (x: Tensor) => Tensor;
  /** Steps per group, and how many slots only the group uses. */
  readonly groups: readonly (readonly [steps: number, own: number])[];
  readonly dtype?: "f64";
}

const CASES: Readonly<Record<string, Case>> = {
  softmax: { f: (x) => T.softmax(x), groups: [[4, 3]] },
  "softmax, f64": { f: (x) => T.softmax(x), groups: [[4, 3]], dtype: "f64" },
  logSoftmax: { f: (x) => T.logSoftmax(x), groups: [[4, 3]] },
  layerNorm: { f: (x) => T.layerNorm(x), groups: [[4, 3]] },
  "layerNorm with scale and shift": {
    f: (x) => T.layerNorm(x, -1, { scale: T.slice(x, [3]), shift: T.slice(x, [4]) }),
    groups: [[4, 3]],
  },
  "the gradient of a softmax": { f: (x) => T.grad((y: Tensor) => T.sum(T.square(T.softmax(y))))(x), groups: [[7, 6]] },
  "an elementwise result that was merged into one loop": {
    f: (x) => {
      const e = T.exp(x);
      return T.div(e, T.sum(e, ROW));
    },
    groups: [[3, 2]],
  },
  "a result that is also read afterwards": {
    f: (x) => {
      const e = T.exp(T.sub(x, T.mean(x, ROW)));
      const s = T.sum(e, ROW);
      return T.add(T.div(e, s), T.mul(T.flip(s, 0), T.flip(e, 0)));
    },
    groups: [[3, 1]],
  },
  "rows read by other rows": {
    f: (x) => T.sub(x, T.flip(T.max(x, ROW), 0)),
    groups: [],
  },
  "the row before": {
    f: (x) => {
      const e = T.exp(T.sub(x, T.mean(x, ROW)));
      const s = T.slice(T.sum(e, ROW), [[1, ROWS]]);
      return T.add(s, T.add(T.slice(e, [[1, ROWS]]), T.slice(e, [[0, ROWS - 1]])));
    },
    groups: [[3, 1]],
  },
  "elements taken from a row before it is complete": {
    f: (x) => {
      const e = T.exp(T.sub(x, T.mean(x, ROW)));
      return T.add(T.take(e, index(x), 1), T.sum(e, ROW));
    },
    groups: [[3, 1]],
  },
  columns: { f: (x) => T.softmax(x, 0), groups: [] },
  "positions of the largest": { f: (x) => T.add(x, T.argmax(x, ROW)), groups: [[2, 1]] },
};

describe.each(Object.entries(CASES))("%s", (_, { f, groups, dtype }) => {
  it("is run in groups", () => {
    const x = values("cpu", dtype);
    const made = groupsOf(() => f(x));
    expect(made.groups.map((g) => [g.steps.length, g.own.size])).toEqual(groups);
  });

  it("has the bits of the oracle, on one thread and on three", () => {
    const want = f(values("js", dtype)).dataSync();
    const before = T.configure({ threads: 1 });
    try {
      for (const threads of [1, 3]) {
        T.configure({ threads });
        expect(f(values("cpu", dtype)).dataSync()).toEqual(want);
      }
    } finally {
      T.configure({ threads: before.threads });
    }
  });
});

describe("a softmax", () => {
  it("needs memory for its result alone", () => {
    const x = T.ones([1024, 1024], { device: "cpu" }).eval();
    T.softmax(x).eval().dispose();
    const before = T.memory("cpu");
    const y = T.softmax(x).eval();
    expect(T.memory("cpu").used - before.used).toBeLessThan(1.01 * 2 ** 22);
    y.dispose();
  });

  it("of few numbers is run kernel by kernel, and so is one of few long rows", () => {
    expect(groupsOf(() => T.softmax(T.ones([20, 30], { device: "cpu" }))).groups).toEqual([]);
    expect(groupsOf(() => T.softmax(T.ones([4, 40_000], { device: "cpu" }))).groups).toEqual([]);
    expect(groupsOf(() => T.softmax(T.ones([10, 100_000], { device: "cpu" }))).groups).toEqual([]);
  });
});
