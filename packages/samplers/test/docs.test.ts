/** The tables of the pages that are marked as measured say what is measured. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  levelGrid,
  runPlanNumeric,
  samplers,
  vpLinear,
  type ContinuousSpacing,
  type PlannedSampler,
  type SamplerEntry,
} from "@ansatz/samplers";
import { mixtureModel } from "@ansatz/samplers/problems";
import { flat, mixtureOf } from "./reader/common.ts";
import { rmsDifference } from "./support.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const { models } = JSON.parse(read("golden/samplers-ode/acceptance.json"));
const schedule = vpLinear();

const pages = ["choosing.md", ...readdirSync(new URL("../docs/families", import.meta.url)).map((f) => `families/${f}`)];
const tables = pages.flatMap((page) =>
  [...read(`../docs/${page}`).matchAll(/<!-- measured: (\S+) (\S+) -->\n\n((?:\|.*\n)+)/g)].map(
    ([, name, spacing, text]) => ({ page, name, spacing, text }),
  ),
);

test("there are tables", () => {
  expect(tables.length).toBeGreaterThan(10);
});

for (const { page, name, spacing, text } of tables) {
  describe(`${page}: ${name} ${spacing}`, () => {
    const [head, , ...rows] = text
      .trim()
      .split("\n")
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const model = models[name];
    const mixture = mixtureModel(mixtureOf(model));
    const grid = levelGrid(schedule, { spacing: spacing as ContinuousSpacing });
    for (const [method, ...cells] of rows) {
      test(method, () => {
        const entry = samplers.find((candidate) => `\`${candidate.name}\`` === method) as SamplerEntry;
        const found = head.slice(1).map((calls) => {
          const { sampler, levels } = (entry.prepare as NonNullable<SamplerEntry["prepare"]>)(grid, Number(calls));
          const plan = (sampler as PlannedSampler).plan(levels, { schedule });
          const end = runPlanNumeric(plan, flat(model.x_T), mixture, { samples: model.x_T.length }).at(
            -1,
          ) as Float64Array;
          return Number(rmsDifference(end, flat(model.x_exact)).toPrecision(2));
        });
        expect(found).toEqual(cells.map(Number));
      });
    }
  });
}
