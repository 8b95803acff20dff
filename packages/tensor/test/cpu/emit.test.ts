import fc from "fast-check";
import { describe, it } from "vitest";
import { compare } from "./emitHarness.ts";
import { build, mapRecipe, reduceRecipe } from "./emitRandom.ts";

const check = (recipe: Parameters<typeof build>[0]): void => {
  const { arena, launch } = build(recipe);
  compare(arena, launch);
};

describe("random kernels equal the oracle", () => {
  it("maps", { timeout: 60_000 }, () => {
    fc.assert(fc.property(mapRecipe, check), { numRuns: 500, seed: 1 });
  });
  it("reductions", { timeout: 60_000 }, () => {
    fc.assert(fc.property(reduceRecipe, check), { numRuns: 700, seed: 2 });
  });
});
