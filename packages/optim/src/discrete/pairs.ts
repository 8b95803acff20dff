/** Evaluation of all moves of two variables on a device: one unit per pair. */
import { argmin, flatten, slice, tensor, type Tensor } from "@ansatz/tensor";
import { defineKernel } from "@ansatz/tensor/kernel";
import { read } from "../vector.ts";
import type { Instance } from "./base.ts";

/** Stands for infinity, which shaders may not have. */
const HUGE = 3e38;

/** Pairs per launch. */
const BATCH = 1 << 22;

/** Steps that can be combined: variables and how far each goes. */
export interface PairSteps {
  readonly variable: Int32Array;
  readonly change: Float64Array;
}

/** Finds the pair, a step of `first` and one of `second`, with the smallest objective below `most`. */
export type PairScan = (
  products: Float64Array,
  order: Int32Array,
  first: PairSteps,
  second: PairSteps,
  most: number,
) => Promise<{ readonly first: number; readonly second: number } | undefined>;

/** Largest weighted violation of every pair, or a huge number when it is above `most` or both are the same variable. */
const pairViolations = defineKernel({
  name: "pairViolations",
  inputs: {
    columns: { dtype: "f32", rank: 2 },
    products: { dtype: "f32", rank: 1 },
    lower: { dtype: "f32", rank: 1 },
    upper: { dtype: "f32", rank: 1 },
    weights: { dtype: "f32", rank: 1 },
    order: { dtype: "i32", rank: 1 },
    variableA: { dtype: "i32", rank: 1 },
    changeA: { dtype: "f32", rank: 1 },
    variableB: { dtype: "i32", rank: 1 },
    changeB: { dtype: "f32", rank: 1 },
    most: { dtype: "f32", rank: 0 },
  },
  outputs: {
    violations: { dtype: "f32", shape: ({ variableA, variableB }) => [variableA[0], variableB[0]] },
  },
  units: ({ variableA, variableB }) => [variableA[0], variableB[0]],
  body: (k) => {
    const { columns, products, lower, upper, weights, order, variableA, changeA, variableB, changeB } = k.inputs;
    const [a, b] = k.indices;
    const i = k.load(variableA, a);
    const j = k.load(variableB, b);
    const byA = k.load(changeA, a);
    const byB = k.load(changeB, b);
    const most = k.load(k.inputs.most, 0);
    const rows = k.size(products, 0);
    const worst = k.variable("f32", k.select(i.eq(j), k.constant("f32", HUGE), 0));
    const at = k.variable("i32", 0);
    k.while(
      () => at.get().lt(rows).and(worst.get().le(most)),
      () => {
        const row = k.load(order, at.get());
        const moved = k
          .load(products, row)
          .add(byA.mul(k.load(columns, [i, row])))
          .add(byB.mul(k.load(columns, [j, row])));
        const beyond = k
          .load(lower, row)
          .sub(moved)
          .max(moved.sub(k.load(upper, row)));
        worst.set(worst.get().max(beyond.mul(k.load(weights, row))));
        at.set(at.get().add(1));
      },
    );
    k.store(k.outputs.violations, [a, b], k.select(worst.get().gt(most), k.constant("f32", HUGE), worst.get()));
  },
});

/**
 * A scan on a device, in f32, with the matrix stored densely there. Rows are visited worst first, so that most pairs end after
 * a few. The caller computes the winner again in double precision.
 */
export function deviceScan(
  instance: Instance,
  device: string,
): { readonly scan: PairScan; readonly dispose: () => void } {
  const { m, n, columns: by } = instance;
  const dense = new Float32Array(n * m);
  for (let j = 0; j < n; j++) {
    for (let e = by.starts[j]; e < by.starts[j + 1]; e++) dense[j * m + by.indices[e]] = by.values[e];
  }
  const put = (values: Float64Array): Tensor<"f32"> =>
    tensor(
      Float32Array.from(values, (v) => Math.max(-HUGE, Math.min(HUGE, v))),
      { device },
    );
  const fixed = {
    columns: tensor(dense, { shape: [n, m], device }),
    lower: put(instance.lower),
    upper: put(instance.upper),
    weights: put(instance.weights),
  };
  const scan: PairScan = async (products, order, first, second, most) => {
    const others = second.variable.length;
    const size = Math.max(1, Math.floor(BATCH / others));
    const here = {
      ...fixed,
      products: put(products),
      order: tensor(order, { device }),
      variableB: tensor(second.variable, { device }),
      changeB: put(second.change),
    };
    let found: { first: number; second: number } | undefined;
    let least = most;
    for (let from = 0; from < first.variable.length; from += size) {
      const variableA = tensor(first.variable.slice(from, from + size), { device });
      const changeA = put(first.change.slice(from, from + size));
      const limit = tensor(least, { device }) as Tensor<"f32">;
      const { violations } = pairViolations({ ...here, variableA, changeA, most: limit });
      const at = await read(() => argmin(flatten(violations)));
      const value = await read(() => slice(flatten(violations), [at]));
      if (value < least) {
        least = value;
        found = { first: from + Math.floor(at / others), second: at % others };
      }
      for (const t of [limit, variableA, changeA, violations]) t.dispose();
    }
    for (const t of [here.products, here.order, here.variableB, here.changeB]) t.dispose();
    return found;
  };
  return {
    scan,
    dispose: () => {
      for (const t of Object.values(fixed)) t.dispose();
    },
  };
}
