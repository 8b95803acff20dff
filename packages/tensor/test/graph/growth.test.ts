/** Scheduling a graph takes time in proportion to its nodes: counted in looks at nodes' inputs, not in seconds. */
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { listening } from "../../src/graph/record.ts";

const leaf = (): Tensor => T.tensor([1, 2, 3], { device: "cpu" });

/** Pairwise combination of a list down to one tensor. */
function tree(list: Tensor[], combine: (a: Tensor, b: Tensor) => Tensor): Tensor {
  let level = list;
  while (level.length > 1) {
    const pairs = level;
    level = pairs.flatMap((t, i) => (i % 2 === 1 ? [] : i + 1 < pairs.length ? [combine(t, pairs[i + 1])] : [t]));
  }
  return level[0];
}

/** Results that are made from about `n` nodes. */
const GRAPHS: Readonly<Record<string, (n: number) => Tensor[]>> = {
  "a tree of sums": (n) => [tree(Array.from({ length: n / 2 }, leaf), T.add)],
  "a tree with a stored value in every node": (n) => [
    tree(Array.from({ length: n / 3 }, leaf), (a, b) => T.sub(T.add(a, b), T.max(a))),
  ],
  "a fan": (n) => {
    const x = leaf();
    return [
      tree(
        Array.from({ length: n / 2 }, (_, i) => T.mul(x, i)),
        T.add,
      ),
    ];
  },
  "many results": (n) => Array.from({ length: n / 2 }, (_, i) => T.mul(leaf(), i)),
  "many reductions": (n) => Array.from({ length: n / 2 }, () => T.sum(leaf())),
  "chains whose every value is a result": (n) =>
    Array.from({ length: n / 100 }, () => {
      const all = [leaf()];
      for (let i = 0; i < 100; i++) all.push(T.add(all[i], i));
      return all.slice(1);
    }).flat(),
  "a list joined": (n) => [T.concat(Array.from({ length: n }, leaf))],
};

/** How often the inputs of a graph's nodes are looked at while its results are evaluated for the first time. */
function looks(make: () => Tensor[]): number {
  let count = 0;
  const nodes: Tensor[] = [];
  const results = T.together(listening((t) => nodes.push(t), make));
  for (const node of nodes) {
    let ins = node.ins;
    Object.defineProperty(node, "ins", {
      get: () => (count++, ins),
      set: (value: readonly Tensor[]) => {
        ins = value;
      },
    });
  }
  results[0].eval();
  return count;
}

describe("work per node does not grow with the graph", () => {
  it.each(Object.entries(GRAPHS))("%s", (_, make) => {
    const [few, many] = [600, 2400].map((n) => looks(() => make(n)));
    expect(few).toBeGreaterThan(600);
    expect(many / few).toBeLessThan(4.5);
  });
});
