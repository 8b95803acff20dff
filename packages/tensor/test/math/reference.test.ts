import { describe, expect, test } from "vitest";
import { sub, type DD } from "./doubleDouble.ts";
import { REFERENCE } from "./reference.ts";
import points from "./referencePoints.json" with { type: "json" };

/** Rows of arguments followed by the value in two doubles, computed once with mpmath at 400 digits. */
const POINTS: Record<string, readonly (readonly number[])[]> = points;

describe("the references have 24 digits", () => {
  for (const [name, rows] of Object.entries(POINTS)) {
    test(name, () => {
      for (const row of rows) {
        const [hi, lo] = row.slice(-2);
        const { value, exponent } = REFERENCE[name](row[0], row[1]);
        const half = 2 ** Math.trunc(exponent / 2);
        const rest = 2 ** (exponent - Math.trunc(exponent / 2));
        const plain: DD = [value[0] * half * rest, value[1] * half * rest];
        const error = Math.abs(sub(plain, [hi, lo])[0] / hi);
        expect(error, `${name}(${row.slice(0, -2).join(", ")})`).toBeLessThan(1e-24);
      }
    });
  }

  test("every function has points", () => {
    expect(Object.keys(POINTS).toSorted()).toEqual(Object.keys(REFERENCE).toSorted());
  });
});
