import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import { defineKernel } from "@ansatz/tensor/kernel";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

it("the page on kernels shows the examples that are tested", () => {
  const page = read("../../docs/writing-a-kernel.md");
  const blocks = [...page.matchAll(/```ts\n([^]*?)\n```/g)].map(([, code]) => code);
  const sources = ["./examples/sobol.ts", "./examples/joseph.ts"].map(read);
  const [first, ...rest] = blocks;
  expect(first).toContain("rowSums");
  expect(rest).toHaveLength(3);
  for (const code of rest) expect(sources.some((s) => s.includes(code))).toBe(true);
});

it("its first example works", async () => {
  const rowSums = defineKernel({
    name: "rowSums",
    inputs: { x: { dtype: "float", rank: 2 } },
    outputs: { sums: { dtype: "float", shape: ({ x }) => [x[0]] } },
    units: ({ x }) => x[0],
    body: (k) => {
      const { x } = k.inputs;
      const row = k.index;
      const total = k.sum("float", 0, k.size(x, 1), (column) => k.load(x, [row, column]));
      k.store(k.outputs.sums, row, total);
    },
  });
  const { sums } = rowSums({
    x: T.tensor([
      [1, 2],
      [3, 4],
    ]),
  });
  expect([...(await sums.data())]).toEqual([3, 7]);
});
