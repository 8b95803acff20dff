import { describe, test } from "vitest";
import { MATH } from "../../src/kernel/math/table.ts";
import { checkAccuracy } from "./accuracy.ts";

describe("errors in f32", () => {
  for (const f of MATH) test(f.name, () => checkAccuracy(f, "f32"));
});
