/** Replications, levels and agents run through an executor, and give the same whatever it does. */
import { integrand, integrate, keister, mlmc, mlqmc, multilevelEuropean, repStudentT, sobol } from "@ansatz/qmc";
import { inlineExecutor, type Executor } from "@ansatz/tensor/executor";
import { key } from "@ansatz/tensor/random";
import { expect, test } from "vitest";

/** An executor that counts, and runs the inputs backwards and twice. */
function strange(seen: string[]): Executor {
  return {
    async map(task, inputs, options) {
      seen.push(`${task.name} ${inputs.length}`);
      expect(structuredClone(inputs)).toEqual(inputs);
      const backwards = [...inputs].reverse();
      await inlineExecutor().map(task, backwards, options);
      return (await inlineExecutor().map(task, backwards, options)).reverse();
    },
  };
}

test("replications", async () => {
  const problem = { integrand: keister({ dimension: 2 }), key: key(4) };
  const seen: string[] = [];
  const options = { absoluteTolerance: 1e-2, replications: 7 };
  const far = await integrate(repStudentT({ ...options, executor: strange(seen) }), problem);
  const near = await integrate(repStudentT(options), problem);
  expect(far.value).toEqual(near.value);
  expect(far.evaluations).toBe(near.evaluations);
  expect(seen).toEqual(near.history.map(() => "qmc/replicate 7"));
  // Each replication is one of the sequence's.
  const all = sobol({ dimension: 2, key: key(4), replications: 3 });
  expect(all.replication(1).array(3, 9)).toEqual(all.array(3, 9).slice(12, 24));
  expect(all.replication(1).range(3, 9).shape).toEqual([6, 2]);
  expect(() => all.replication(3)).toThrow(/the replication is out of range \(got 3/);
});

test("levels", async () => {
  const levels = multilevelEuropean({ rate: 0.05 });
  const seen: string[] = [];
  const options = { key: key(2), absoluteTolerance: 0.1, replications: 8 };
  const far = await mlqmc(levels, { ...options, executor: strange(seen) });
  const near = await mlqmc(levels, options);
  expect(far.value).toBe(near.value);
  expect(seen.length).toBe(near.iterations);
  expect(new Set(seen)).toEqual(new Set(["qmc/level 8"]));
});

test("parts of levels", async () => {
  const levels = multilevelEuropean({ rate: 0.05 });
  const seen: string[] = [];
  const options = { key: key(2), absoluteTolerance: 0.1 };
  const far = await mlmc(levels, { ...options, executor: strange(seen) });
  const near = await mlmc(levels, options);
  expect(far.value).toBe(near.value);
  expect(far.levels).toEqual(near.levels);
  expect(seen.length).toBe(near.iterations);
  // The coarsest level has more points than fit into one part.
  expect(seen.some((call) => /^qmc\/levelPart [2-9]/.test(call))).toBe(true);
});

test("errors of the function come through with their point", async () => {
  const f = integrand({
    dimension: 1,
    f: () => {
      throw new Error("no value");
    },
  });
  await expect(integrate(repStudentT(), { integrand: f, key: key(1) })).rejects.toThrow(
    /^integrand: the function failed at x = \[0\.\d+\] \(no value\)/,
  );
});
