import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { levelGrid, samplers, vpLinear } from "@ansatz/samplers";
import { key } from "@ansatz/tensor/random";
import { openDevice } from "../src/device.ts";
import { exactErrors, keptPoints, prepareExact } from "../src/exact/errors.ts";
import { MIXTURES } from "../src/problems/mixtures.ts";
import { benchResultSchema } from "../src/results/benchResult.ts";
import { suites } from "../src/suites/registry.ts";
import { addresses, run, temporaryFolder } from "./support.ts";

describe("the suites", () => {
  it("have figures with different ids", () => {
    for (const { name, figures } of suites) {
      const ids = figures.map(({ id }) => id);
      expect(new Set(ids).size, name).toBe(ids.length);
    }
  });

  it("hold every figure that the tensor core has to show", () => {
    const ids = suites.find(({ name }) => name === "tensor")?.figures.map(({ id }) => id);
    const wanted = [
      "A1",
      "A2",
      "A3",
      "B1",
      "B2",
      "C1",
      "C2",
      "C3",
      "C4",
      "D1",
      "D2",
      "D3",
      "D4",
      "D5",
      "D6",
      "D7",
      "E1",
      "E2",
      "F1",
      "F2",
      "F3",
      "G1",
      "G2",
      "I1",
      "I2",
    ];
    expect(ids).toEqual(expect.arrayContaining(wanted));
  });
});

describe("bench", () => {
  it("writes its result as JSON and as a page, and prints a table", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "result.json");
    const { code, out } = await run("bench", "samplers", "--only", "b", "--out", folder, "--json", file);
    expect(out).toMatch(/b\.GM2\.plms-25\.ddim-100 .* pass/);
    expect(code).toBe(0);
    const result = benchResultSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    expect(result.rows.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["b.GM2.plms-25.ddim-100", "pass"],
      ["b.GM8.plms-25.ddim-100", "pass"],
    ]);
    expect(JSON.parse(readFileSync(join(folder, "samplers.json"), "utf8"))).toEqual(result);
    const page = readFileSync(join(folder, "samplers.html"), "utf8");
    const { fetched, links } = addresses(page);
    expect(fetched).toEqual(["data:,"]);
    expect(links).toEqual([]);
    expect(page).toContain("b.GM8.plms-25.ddim-100");
  });

  it("draws the errors of quasi-Monte Carlo methods, and measures their slopes", async () => {
    const folder = temporaryFolder();
    const { out } = await run("bench", "qmc", "--only", "rmse-1,slopes", "--out", folder, "--json");
    const { rows } = benchResultSchema.parse(JSON.parse(out));
    const judged = rows.filter(({ target }) => target !== null);
    expect(judged.length).toBeGreaterThan(20);
    expect(judged.filter(({ verdict }) => verdict !== "pass").map(({ id, value }) => [id, value])).toEqual([]);
    const page = readFileSync(join(folder, "qmc.html"), "utf8");
    expect(page).toContain("<svg");
    expect(page).toContain("lattice with tent");
  });

  it("gives JSON instead of tables on standard output", async () => {
    const { out } = await run("bench", "tensor", "--only", "E2,C4", "--out", temporaryFolder(), "--json");
    const { rows, suite } = benchResultSchema.parse(JSON.parse(out));
    expect(suite).toBe("tensor");
    expect(rows.map(({ id }) => id)).toEqual(["C4.kernels", "C4.time", "E2"]);
    expect(rows.filter(({ target }) => target !== null).map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
  });

  it("measures the peers when asked", async () => {
    const folder = temporaryFolder();
    await run("bench", "tensor", "--only", "C3", "--peers", "--out", folder);
    expect(existsSync(join(folder, "tensor.html"))).toBe(true);
    const { rows, environment } = benchResultSchema.parse(
      JSON.parse(readFileSync(join(folder, "tensor.json"), "utf8")),
    );
    const time = rows.find(({ id }) => id === "C3.time");
    expect(time?.runs).toBeGreaterThanOrEqual(7);
    const byName = Object.fromEntries((time?.peers ?? []).map((peer) => [peer.name, peer]));
    for (const name of ["tfjs-wasm", "jax-js", "numpy-ts"]) {
      expect(byName[name].status, name).toBe("measured");
      expect(byName[name].ratio, name).toBeGreaterThan(0);
    }
    expect(["measured", "not found"]).toContain(byName["NumPy"].status);
    expect(Object.keys(environment.packages)).toContain("@jax-js/jax");
  }, 60_000);
});

describe("errors on exact scores", () => {
  // Published with the problems, to two digits: rms error at 20, 50 and 250 model calls, steps even in time.
  const TABLE: [sampler: string, errors: string[]][] = [
    ["ddim", ["6.5e-2", "2.7e-2", "5.4e-3"]],
    ["s-pndm", ["2.6e-2", "5.4e-3", "3.1e-4"]],
    ["plms", ["2.3e-2", "7.9e-4", "7.5e-5"]],
    ["f-pndm", ["8.5e-2", "1.3e-3", "7.9e-5"]],
    ["dpm-solver++-2m", ["8.1e-2", "2.7e-2", "1.5e-3"]],
  ];

  it("are those of the table", async () => {
    const device = await openDevice("cpu");
    const [, gm8] = MIXTURES;
    using unit = keptPoints(gm8, device);
    const prepared = await prepareExact(gm8, levelGrid(vpLinear(), { spacing: "time-uniform" }), unit);
    const { signal } = new AbortController();
    for (const [name, wanted] of TABLE) {
      const entries = samplers.filter((entry) => entry.name === name);
      const found = await exactErrors(prepared, entries, [20, 50, 250], key(0), signal);
      expect(
        found.map(({ error }) => error.toExponential(1)),
        name,
      ).toEqual(wanted);
    }
    prepared.x.dispose();
  });

  it("need kept points", async () => {
    const device = await openDevice("cpu");
    const unknown = { ...MIXTURES[0], name: "GM3" };
    expect(() => keptPoints(unknown, device)).toThrow("keptPoints: no points are kept (got problem GM3).");
  });
});
