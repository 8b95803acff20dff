import { expect, test } from "vitest";
import { summarise } from "../../../scripts/testSummary.ts";

const file = (name: string, statuses: Readonly<Record<string, string>>, status = "passed") => ({
  name: `/repository/packages/${name}`,
  status,
  assertionResults: Object.entries(statuses).map(([fullName, one]) => ({ fullName, status: one })),
});

test("counts tests by package and on WebGPU", () => {
  const { lines, ok } = summarise(
    {
      testResults: [
        file("tensor/test/a.test.ts", { add: "passed", "add on webgpu": "passed", "later on webgpu": "skipped" }),
        file("nn/test/b.test.ts", { dense: "passed" }),
        file("tensor/test/webgpu/c.test.ts", { draws: "passed" }),
      ],
    },
    "/repository",
  );
  expect(lines).toEqual([
    "packages/nn: 1 passed, 0 failed, 0 skipped",
    "packages/tensor: 3 passed, 0 failed, 1 skipped",
    "of these on WebGPU: 2 executed",
    "4 passed, 0 failed, 1 skipped",
  ]);
  expect(ok).toBe(true);
});

test.each([
  ["a failed test", [file("tensor/test/webgpu.test.ts", { add: "passed", mul: "failed" }, "failed")]],
  ["a file that does not load", [file("tensor/test/webgpu.test.ts", { add: "passed" }), file("nn/a", {}, "failed")]],
  ["nothing on WebGPU", [file("tensor/test/a.test.ts", { add: "passed" })]],
  ["nothing at all", []],
])("%s is not well", (_name, testResults) => {
  expect(summarise({ testResults }, "/repository").ok).toBe(false);
});

test("a file that does not load counts as one failure", () => {
  const { lines } = summarise({ testResults: [file("nn/test/a.test.ts", {}, "failed")] }, "/repository");
  expect(lines.at(-1)).toBe("0 passed, 1 failed, 0 skipped");
});
