/** Runs of deep image priors in threads. */
import { describe, expect, it } from "vitest";
import { Interrupted } from "../src/cli/io.ts";
import { runPrior, type PriorJob } from "../src/suites/inverse/priorMethods.ts";
import { runPriors } from "../src/suites/inverse/priorRuns.ts";

const job: PriorJob = { scan: { kind: "par" }, method: "dip", seed: 0, steps: 50, codes: 2, strength: 0.3 };

describe("runs beside each other", () => {
  it("come in the order of the jobs, with the bits of a run alone", async () => {
    const lines: string[] = [];
    const jobs = [{ ...job, seed: 1 }, job];
    const found = await runPriors(jobs, new AbortController().signal, (line) => lines.push(line));
    const alone = await runPrior(job, () => undefined);
    expect(found[1]).toEqual(alone);
    expect(found[0].quality).not.toEqual(alone.quality);
    expect(alone.image).toHaveLength(32 * 32);
    expect(lines.toSorted()).toEqual([
      expect.stringMatching(/^dip, seed 0, step 50; .* left$/),
      expect.stringMatching(/^dip, seed 1, step 50; .* left$/),
    ]);
  });

  it("end when they are stopped", async () => {
    const stop = new AbortController();
    const endless = { ...job, steps: 1_000_000 };
    await expect(runPriors([endless, endless], stop.signal, () => stop.abort())).rejects.toThrow(Interrupted);
  });

  it("end when one of them fails", async () => {
    const endless = { ...job, steps: 1_000_000 };
    const wrong = { ...job, codes: 0, method: "mcdip" } as const;
    await expect(runPriors([endless, wrong], new AbortController().signal, () => undefined)).rejects.toThrow(/codes/);
  });
});
