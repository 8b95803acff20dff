import { describe, expect, it } from "vitest";
import { mul, tensor, type Operand, type Tensor } from "@ansatz/tensor";
import { applyElementwise, defineElementwise, expExpr } from "@ansatz/tensor/kernel";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";

/** x exp(-x^2): one kernel, its derivative (1 - 2 x^2) exp(-x^2) from a second row. */
const slope = defineElementwise({
  name: "bumpSlope",
  accepts: "float",
  lower: (b, x) => {
    const square = b.mul(x, x);
    const factor = b.sub(b.const(x.ty, 1), b.mul(b.const(x.ty, 2), square));
    return b.mul(factor, expExpr(b, b.neg(square)));
  },
});
const bump = defineElementwise({
  name: "bump",
  accepts: "float",
  lower: (b, x) => b.mul(x, expExpr(b, b.neg(b.mul(x, x)))),
  vjp: [(g, _, [x]) => mul(g, applyElementwise(slope, [x]))],
});
const apply = (x: Operand): Tensor => applyElementwise(bump, [x]);

describe("an operation of one's own", () => {
  it.each(["js", "cpu"])("computes on %s", async (device) => {
    const x = [-1.5, -0.1, 0, 0.7, 2];
    const got = await apply(tensor(Float64Array.from(x), { device })).data();
    expectClose(
      got,
      x.map((v) => v * Math.exp(-v * v)),
      { relative: 1e-15 },
    );
  });

  it("differentiates by its rule", async () => {
    await gradcheck(apply, [tensor(Float64Array.of(-1.2, 0.3, 0.9)) as Tensor<"f64">]);
  });

  it("converts and rejects operands like the built-in ones", () => {
    expect(apply(tensor([1, 2], { dtype: "i32" })).dtype).toBe("f32");
    expect(() => apply("x" as never)).toThrow(
      'bump: every operand must be a tensor, a number or a boolean (got "x"). Make tensors with tensor().',
    );
  });
});
