/** Two gibibytes at once in Node, addresses above 2^31 included, and clear errors beyond the limits. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

interface Figures {
  readonly used: number;
  readonly ends: readonly number[];
  readonly distances: readonly number[];
  readonly low: readonly string[];
  readonly high: readonly string[];
  readonly tooMuch: string;
  readonly overBudget: string;
  readonly beyond: string;
  readonly last: number;
}

it("a working set of 2 GiB computes as a small one does, and what does not fit is a clear error", () => {
  const file = fileURLToPath(new URL("large.ts", import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, ["--conditions=@ansatz/source", file], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    encoding: "utf8",
    timeout: 150_000,
  });
  expect(stderr).toBe("");
  const figures = JSON.parse(stdout) as Figures;
  expect(figures.used).toBeGreaterThanOrEqual(2 * 2 ** 30);
  expect(figures.ends).toEqual(Array.from({ length: 16 }, (_, i) => [i * 1000, i * 1000 + 2 ** 25 - 1]).flat());
  expect(figures.distances).toEqual([15_000, 15_000]);
  expect(figures.low.length).toBe(14);
  expect(figures.high).toEqual(figures.low);
  expect(figures.tooMuch).toMatch(
    /^OutOfMemoryError: cpu: out of memory, the memory budget is used up \(got a request for 2560\.0 MiB with 2\d\d\d\.\d MiB in use, expected at most 4096\.0 MiB\)\. 17 tensors of 1 MiB or more are alive, the largest: 128\.0 MiB, .*Free tensors with dispose/,
  );
  expect(figures.overBudget).toMatch(/a request for 1024\.0 MiB with 2\d\d\d\.\d MiB in use, expected at most 3072\.0/);
  expect(figures.beyond).toMatch(/^OutOfMemoryError: cpu: out of memory, the (address space of 4 GiB|memory budget)/);
  // The failures left everything as it was: a single tensor of 1.5 GiB finds room.
  expect(figures.last).toBe(2);
}, 200_000);
