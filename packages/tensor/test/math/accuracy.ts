/** Largest errors over the arguments of a table row. */
import { expect } from "vitest";
import type { MathFunction } from "../../src/kernel/math/table.ts";
import { dd } from "./doubleDouble.ts";
import { evaluate, evaluateWasm, mapKernel, type Float } from "./evaluate.ts";
import { DOUBLE, REFERENCE } from "./reference.ts";
import { magnitude, plain, type Reference } from "./referenceElementary.ts";
import { argumentsOf } from "./samples.ts";
import { ulpError } from "./ulp.ts";

export const COUNT = 20_000;

function truthOf(name: string, ty: Float): (x: number, y: number) => Reference {
  if (ty === "f64" || !(name in DOUBLE)) return REFERENCE[name];
  return (x, y) => plain(dd(DOUBLE[name](x, y)));
}

interface Worst {
  error: number;
  at: string;
}

/** Checks the errors of `f` against its row, and that WebAssembly gives the oracle's bits. */
export function checkAccuracy(f: MathFunction, ty: Float): void {
  const [x, y] = argumentsOf(f, ty, COUNT);
  const kernel = mapKernel(ty, f.lower);
  const values = evaluate(kernel, ty, x, y);
  const wasm = evaluateWasm(kernel, ty, x, y);
  const truth = truthOf(f.name, ty);
  const worst: Worst = { error: 0, at: "" };
  const reflected: Worst = { error: 0, at: "" };
  for (let i = 0; i < x.length; i++) {
    const where = f.arity === 1 ? `${f.name}(${x[i]})` : `${f.name}(${x[i]}, ${y[i]})`;
    if (!Object.is(values[i], wasm[i])) expect.fail(`${where}: WebAssembly gives ${wasm[i]}, the oracle ${values[i]}`);
    if (x[i] === 0 || y[i] === 0) continue;
    const exact = truth(x[i], y[i]);
    const other = f.reflectedUlp !== undefined && x[i] < 0;
    const unit = other ? Math.max(1, magnitude(exact), magnitude(truth(1 - x[i], 1))) : undefined;
    const error = ulpError(ty, values[i], exact, unit);
    const record = other ? reflected : worst;
    if (error > record.error) {
      record.error = error;
      record.at = `${where} = ${values[i]}`;
    }
  }
  expect(worst.error, `error in ulp at ${worst.at}`).toBeLessThanOrEqual(f.ulp[ty]);
  if (f.reflectedUlp)
    expect(reflected.error, `scaled error at ${reflected.at}`).toBeLessThanOrEqual(f.reflectedUlp[ty]);
}
