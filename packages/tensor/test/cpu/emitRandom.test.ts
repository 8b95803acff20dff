import fc from "fast-check";
import { describe, it } from "vitest";
import { compare } from "./emitHarness.ts";
import { build, mapRecipe, reduceRecipe, type Recipe } from "./emitRandom.ts";

const check = (recipe: Recipe): void => {
  const { arena, launch } = build(recipe);
  compare(arena, launch);
};

describe("random kernels equal the oracle", () => {
  it("maps", { timeout: 60_000 }, () => {
    fc.assert(fc.property(mapRecipe(24), check), { numRuns: 1200 });
  });
  it("long maps", { timeout: 60_000 }, () => {
    fc.assert(fc.property(mapRecipe(150), check), { numRuns: 150 });
  });
  it("reductions", { timeout: 60_000 }, () => {
    fc.assert(fc.property(reduceRecipe(24), check), { numRuns: 1500 });
  });
  it("long reductions", { timeout: 60_000 }, () => {
    fc.assert(fc.property(reduceRecipe(150), check), { numRuns: 250 });
  });
});
