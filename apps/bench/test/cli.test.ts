import { describe, expect, it } from "vitest";
import { throttle } from "../src/cli/steps.ts";
import { main } from "../src/main.ts";
import { suites } from "../src/suites/registry.ts";
import { parts } from "../src/tour/registry.ts";
import { run, temporaryFolder, testIo } from "./support.ts";

const namesOf = (list: readonly { readonly name: string }[]): string => list.map(({ name }) => name).join(", ");

describe("help", () => {
  it.each([
    [["--help"], "Usage: ansatz-bench"],
    [["tour", "--help"], "Usage: ansatz-bench tour"],
    [["train", "--help"], "Usage: ansatz-bench train"],
    [["train", "digits", "--help"], "Usage: ansatz-bench train digits"],
    [["train", "classifier", "--help"], "Usage: ansatz-bench train classifier"],
    [["bench", "--help"], "Usage: ansatz-bench bench"],
    [["compare", "--help"], "Usage: ansatz-bench compare"],
    [["list", "--help"], "Usage: ansatz-bench list"],
  ])("%j explains itself", async (args, usage) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(0);
    expect(out).toContain(usage);
    expect(err).toBe("");
  });

  it("names every figure of every suite", async () => {
    const { out } = await run("bench", "--help");
    for (const id of ["A1", "B2", "C4", "D1", "E2", "F3", "G2", "GM8-log-snr"]) expect(out).toContain(id);
  });
});

describe("wrong use", () => {
  it.each([
    [["tuor"], "error: unknown command 'tuor'\n(Did you mean tour?)"],
    [["tour", "--sede", "3"], "error: unknown option '--sede'\n(Did you mean --seed?)"],
    [["tour", "now"], "error: too many arguments for 'tour'. Expected 0 arguments but got 1"],
    [["tour", "--device", "gpu"], "argument 'gpu' is invalid. Allowed choices are cpu, webgpu."],
    [["tour", "--seed", "-1"], "argument '-1' is invalid. Expected an integer of at least 0."],
    [["tour", "--seed", "1.5"], "argument '1.5' is invalid. Expected an integer of at least 0."],
    [["tour", "--seed", "9007199254740993"], "Expected an integer of at least 0."],
    [["tour", "--only", "digits,cats"], `"cats" is not known. Expected some of ${namesOf(parts)}.`],
    [["bench"], "error: missing required argument 'suite'"],
    [
      ["bench", "tensors"],
      `argument value 'tensors' is invalid for argument 'suite'. Allowed choices are ${namesOf(suites)}.`,
    ],
    [["bench", "tensor", "--only", "Z9"], '"Z9" is not known. Expected some of A1, A2'],
    [["bench", "tensor", "--only", "GM2-log-snr"], "figure GM2-log-snr is not in suite tensor. Expected some of A1"],
    [["bench", "tensor", "--device", "cuda"], "Allowed choices are cpu, webgpu."],
    [["train"], "Usage: ansatz-bench train"],
    [["train", "letters"], "error: unknown command 'letters'"],
    [["train", "digits", "--steps", "0"], "Expected an integer of at least 1."],
    [["train", "digits", "--batch", "100000"], "Expected an integer from 1 to 9000."],
    [["train", "classifier", "--learning-rate", "0"], "Expected a number above 0."],
    [["compare", "a.json"], "error: missing required argument 'after'"],
    [["list", "cats"], "Allowed choices are samplers, schedules, optimizers, layers"],
  ])("%j is refused", async (args, message) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toContain(message);
  });

  it("says which file is no result", async () => {
    const folder = temporaryFolder();
    const { code, err } = await run("compare", `${folder}/a.json`, `${folder}/b.json`);
    expect(code).toBe(1);
    expect(err).toContain(
      "a.json is not a benchmark result (it cannot be read). Write one with: bench SUITE --json FILE",
    );
  });

  it("says which state cannot be resumed", async () => {
    const folder = temporaryFolder();
    const { code, err } = await run("train", "digits", "--resume", `${folder}/state`, "--file", `${folder}/net`);
    expect(code).toBe(1);
    expect(err).toContain("state cannot be read (expected the state that an interrupted run left behind).");
  });
});

describe("an interrupted command", () => {
  it("ends with the exit code of an interruption and writes nothing", async () => {
    const controller = new AbortController();
    controller.abort();
    const io = testIo(controller.signal);
    const folder = temporaryFolder();
    expect(await main(["tour", "--only", "mixtures", "--out", folder], io)).toBe(130);
    expect(io.written).toEqual({ out: "", err: "Stopped.\n" });
  });
});

describe("list", () => {
  it("shows the sources of what it lists", async () => {
    const { code, out } = await run("list", "samplers");
    expect(code).toBe(0);
    expect(out).toMatch(/plms +plms, order 2\n +Luping Liu.*\(2022\)\. Pseudo Numerical Methods/);
    expect(out).not.toContain("optimizers");
  });

  it("gives everything as JSON", async () => {
    const { out } = await run("list", "--json");
    const all = JSON.parse(out) as { name: string; entries: { name: string; citations: unknown[] }[] }[];
    expect(all.map(({ name }) => name)).toEqual([
      "samplers",
      "schedules",
      "optimizers",
      "layers",
      "quasi-monte-carlo",
      "tour",
      ...suites.map(({ name }) => `bench-${name}`),
      "peers",
    ]);
    for (const { name, entries } of all) {
      expect(entries.length, name).toBeGreaterThan(0);
      if (["samplers", "schedules", "optimizers"].includes(name)) {
        for (const entry of entries) expect(entry.citations, `${name} ${entry.name}`).not.toHaveLength(0);
      }
    }
  });
});

describe("progress lines", () => {
  it("come no closer than the interval", () => {
    let time = 0;
    const lines: string[] = [];
    const report = throttle(
      (line) => lines.push(line),
      10,
      () => time,
    );
    for (time = 0; time < 30; time += 4) report(String(time));
    expect(lines).toEqual(["0", "12", "24"]);
  });
});
