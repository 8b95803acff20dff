/** The elementary functions: what they are made of survives the shader compiler, so results have the oracle's bits. */
import { describe, test } from "vitest";
import { ExprBuilder, type Expr } from "../../src/kernel/expr.ts";
import { finishKernel } from "../../src/kernel/kernel.ts";
import { erf, erfc } from "../../src/kernel/math/erf.ts";
import { erfinv } from "../../src/kernel/math/erfinv.ts";
import { exp, exp2, expm1 } from "../../src/kernel/math/exp.ts";
import { digamma, lgamma } from "../../src/kernel/math/gamma.ts";
import { acosh, asinh, atanh, cosh, sinh, tanh } from "../../src/kernel/math/hyperbolic.ts";
import { acos, asin, atan, atan2 } from "../../src/kernel/math/inverseTrig.ts";
import { log, log10, log1p, log2 } from "../../src/kernel/math/log.ts";
import { sigmoid, softplus } from "../../src/kernel/math/logistic.ts";
import { cbrt, hypot, pow, rsqrt } from "../../src/kernel/math/power.ts";
import { cos, sin, tan } from "../../src/kernel/math/trig.ts";
import { expectSameAsOracle, openBackend } from "./harness.ts";
import { random } from "./randomKernel.ts";

const SPECIAL = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 1e-30, -1e-30, 88.7, -87.3, 104, -104, 3e38, Infinity, -Infinity, NaN];

/** Special values, moderate ones, and numbers of every exponent down to 1e-26: below, parts of a sum may be subnormal. */
function samples(seed: number, count: number): Float32Array {
  const r = random(seed);
  const scratch = new DataView(new ArrayBuffer(4));
  return Float32Array.from({ length: count }, (_, i) => {
    if (i < SPECIAL.length ** 2) return SPECIAL[seed === 1 ? i % SPECIAL.length : Math.floor(i / SPECIAL.length)];
    if (i % 3 === 0) return (r.int(2 ** 24) / 2 ** 24 - 0.5) * 4;
    if (i % 3 === 1) return (r.int(2 ** 24) / 2 ** 24 - 0.5) * 200;
    scratch.setUint32(0, (r.int(2) << 31) | ((40 + r.int(215)) << 23) | r.int(2 ** 23));
    return scratch.getFloat32(0);
  });
}

const FUNCTIONS: Record<string, (b: ExprBuilder, x: Expr, y: Expr) => Expr> = {
  acos, acosh, asin, asinh, atan, atan2, atanh, cbrt, cos, cosh, digamma, erf, erfc, erfinv, exp, exp2, expm1, hypot,
  lgamma, log, log10, log1p, log2, pow, rsqrt, sigmoid, sin, sinh, softplus, tan, tanh,
}; // prettier-ignore

describe("elementary functions equal the oracle", () => {
  for (const [name, lower] of Object.entries(FUNCTIONS)) {
    test(name, async (context) => {
      const backend = await openBackend(context);
      const n = 3000;
      const b = new ExprBuilder();
      const kernel = finishKernel({
        dims: 1,
        reduceDims: 0,
        accesses: [
          { dtype: "f32", use: "load", classes: ["1"] },
          { dtype: "f32", use: "load", classes: ["1"] },
          { dtype: "f32", use: "store", classes: ["1"] },
        ],
        params: [],
        stores: [{ access: 2, value: lower(b, b.load("f32", 0), b.load("f32", 1)) }],
        vector: "parallel",
        split: false,
      });
      const launch = {
        kernel,
        sizes: [n],
        accesses: [0, 1, 2].map((slot) => ({ slot, offset: 0, strides: [1] })),
        operands: [samples(1, n), samples(2, n), new Float32Array(n)].map((data) => ({ dtype: "f32" as const, data })),
      };
      await expectSameAsOracle(backend, launch, "", { flush: true });
    });
  }
});
