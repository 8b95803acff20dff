import { expect, test } from "vitest";
import { absolute, expectClose, expectCloseNorm, expectEqual, relative, relativeToLargest } from "@ansatz/golden";

const fails = (run: () => void): string => {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
};

test("each number has its own limit", () => {
  expectClose("x", [1.001, 100.05], [1, 100], { rel: 1e-3 + 1e-9 });
  expect(fails(() => expectClose("x", [1.002, 100], [1, 100], { rel: 1e-3 }))).toContain("x: number 0 is 1.002");
  expect(fails(() => expectClose("x", [1, 100.2], [1, 100], absolute(0.1)))).toContain("number 1");
  expect(fails(() => expectClose("x", [2e-9], [1e-9], relative(1e-3)))).toContain("number 0");
  expectClose("x", [2e-9, 1], [1e-9, 1], relativeToLargest(1e-3, [1e-9, 1]));
});

test("texts stand for what is not finite", () => {
  expectClose("x", [Number.NaN, Number.POSITIVE_INFINITY], ["NaN", "Infinity"], absolute(0));
  expect(fails(() => expectClose("x", [Number.NaN], [0], absolute(1)))).toContain("number 0 is NaN");
  expect(fails(() => expectClose("x", [0], ["NaN"], absolute(1)))).toContain("number 0 is 0");
});

test("lengths are checked", () => {
  expect(fails(() => expectClose("x", [1], [1, 2], absolute(1)))).toBe("x: got 1 numbers, expected 2");
  expect(fails(() => expectCloseNorm("x", [1], [1, 2], { rel: 1 }))).toBe("x: got 1 numbers, expected 2");
});

test("vectors are compared by their lengths", () => {
  expectCloseNorm("x", [100, 0.05], [100, 0], { rel: 1e-3 });
  expect(fails(() => expectCloseNorm("x", [100, 0.2], [100, 0], { rel: 1e-3 }))).toContain("allowed 0.1");
});

test("values are compared as JSON", () => {
  expectEqual("x", { a: [1n, 2] }, { a: ["1", 2] });
  expect(fails(() => expectEqual("x", [1], [2]))).toBe("x: got [1], expected [2]");
});
