import { describe, expect, it } from "vitest";
import { key } from "@ansatz/tensor/random";
import { openDevice } from "../src/device.ts";
import { checkOptim, optimPart } from "../src/tour/optim/part.ts";
import type { PrunedPoint, PruningMethod } from "../src/suites/optim/pruning.ts";

describe("the part on optimisers", () => {
  it("races and prunes", async () => {
    const part = optimPart({
      race: { seeds: 1, steps: 20, marks: [5], batchSize: 32, trialSteps: 0, folds: 1 },
      pruning: { steps: 20, sparsities: [0.5, 0.9], gradients: 8, batchSize: 4, damping: 1e-4 },
    });
    const device = await openDevice("cpu");
    const { signal } = new AbortController();
    const { sections, data, citations, headline } = await part.run({ key: key(1), device, signal, report: () => {} });
    device.release();
    const text = sections.map(({ html }) => html).join("");
    expect(text.match(/<svg/g)).toHaveLength(3);
    expect(text).toContain("M-FAC, little by little");
    const { race, pruning } = data as unknown as {
      race: { name: string; points: { step: number; loss: number }[] }[];
      pruning: { results: { name: string; points: PrunedPoint[] }[] };
    };
    expect(race).toHaveLength(9);
    for (const { points, name } of race) {
      expect(points.map(({ step }) => step)).toEqual([5, 20]);
      // All start near the loss of guessing, log 10.
      expect(points[1].loss, name).toBeLessThan(points[0].loss);
      expect(points[1].loss, name).toBeLessThan(2.4);
    }
    expect(pruning.results.map(({ name }) => name)).toEqual(["magnitude", "joint", "gradual"]);
    expect(new Set(citations.map(({ title }) => title)).size).toBe(citations.length);
    expect(headline).toHaveLength(3);
  }, 60_000);

  it("decides its claims by the numbers", () => {
    const run = (accuracy: number) => ({ label: "a", points: [{ step: 1, seconds: 1, loss: 1, accuracy }] });
    const pruned = (gradual: number) => ({
      whole: { loss: 0.1, accuracy: 0.9 },
      results: (["magnitude", "gradual"] as PruningMethod[]).map((name) => ({
        name,
        label: name,
        seconds: 1,
        points: [
          { sparsity: 0.5, loss: name === "gradual" ? 0.2 : 0.1, accuracy: 0.9 },
          { sparsity: 0.9, loss: name === "gradual" ? gradual : 1.1, accuracy: 0.5 },
        ],
      })),
    });
    const holds = (accuracy: number, gradual: number) =>
      checkOptim([run(0.9), run(accuracy)], pruned(gradual)).map((claim) => claim.holds);
    expect(holds(0.8, 0.6)).toEqual([true, true]);
    expect(holds(0.7, 1.2)).toEqual([false, false]);
    expect(checkOptim([run(0.9)], pruned(0.6))[1].evidence).toBe("up to 0.5 times, at 90 %");
  });
});
