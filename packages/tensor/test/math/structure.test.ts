import { describe, expect, test } from "vitest";
import { visitExprs, type Expr } from "../../src/kernel/expr.ts";
import { MATH } from "../../src/kernel/math/table.ts";
import { mapKernel, type Float } from "./evaluate.ts";
import { REFERENCE } from "./reference.ts";

function nodesOf(name: string, ty: Float): Expr[] {
  const kernel = mapKernel(ty, MATH.find((f) => f.name === name)!.lower);
  const list: Expr[] = [];
  visitExprs(
    kernel.stores.map((s) => s.value),
    (e) => list.push(e),
  );
  return list;
}

describe("what the functions are made of", () => {
  test.for(MATH.map((f) => f.name))("%s in f32 has no 64-bit values, so that it can be WGSL", (name) => {
    const wide = nodesOf(name, "f32").filter((e) => e.ty === "f64" || e.ty === "i64");
    expect(wide).toEqual([]);
  });

  test.for(MATH.map((f) => f.name))("%s shifts by constants only, because SIMD has no other shift", (name) => {
    for (const ty of ["f32", "f64"] as const) {
      const shifts = nodesOf(name, ty).filter((e) => e.op === "shl" || e.op === "shr");
      expect(shifts.filter((e) => e.args[1].op !== "const")).toEqual([]);
    }
  });

  test("the table and the references name the same functions", () => {
    expect(MATH.map((f) => f.name).toSorted()).toEqual(Object.keys(REFERENCE).toSorted());
  });
});
