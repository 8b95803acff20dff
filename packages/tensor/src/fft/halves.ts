/**
 * Between the spectrum of a real signal of even length n and the transform of its elements taken in pairs as complex numbers,
 * of length h = n / 2. With u[k] = -i e^(-2 pi i k / n):
 *
 * - spectrum:  X[k] = f (Z[k] + conj Z[h-k]) + u[k] f (Z[k] - conj Z[h-k]) for 0 < k < h, and the sum and the difference of
 *   the parts of Z[0] for k = 0 and h. With f = 1/2 this is the spectrum.
 * - pairs: Z[k] = f (X[k] + conj X[h-k]) + conj(u[k]) f (X[k] - conj X[h-k]), and Z[0] = (X[0] + X[h]) + i (X[0] - X[h]) of
 *   the real parts. With f = 1 and the inverse transform divided by n this gives the signal.
 *
 * Each is the transpose of the other with the same f.
 */
import type { JsOperand, Routine } from "../backend/backend.ts";
import { halvesCpu } from "../backend/cpu/fftHalves.ts";
import { halvesGpu } from "../backend/webgpu/fftHalves.wgsl.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { defineOp, internAttr, type RoutineOp } from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { checkShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { product, type Complex } from "./butterfly.ts";
import { constantTensor } from "./constants.ts";
import type { FloatTensor } from "./floatTensor.ts";
import { rounded } from "./oracle.ts";
import { rootOfUnity } from "./roots.ts";

/** What the routine is told. */
export interface HalvesAttr {
  readonly to: "spectrum" | "pairs";
  /** The factor f. */
  readonly factor: number;
}

function halvesOracle(inputs: readonly JsOperand[], outputs: readonly JsOperand[], attr: unknown): void {
  const [x, constants] = inputs;
  const [y] = outputs;
  const { to, factor } = attr as HalvesAttr;
  const o = rounded(y.dtype);
  const forward = to === "spectrum";
  const h = (forward ? x : y).shape.at(-2)!;
  const [from, into] = forward ? [h, h + 1] : [h + 1, h];
  const rows = y.shape.slice(0, -2).reduce((a, b) => a * b, 1);
  for (let row = 0; row < rows; row++) {
    const get = (k: number): Complex<number> => {
      const at = x.offset + 2 * (row * from + k);
      return { re: x.data[at], im: x.data[at + 1] };
    };
    const put = (k: number, re: number, im: number): void => {
      const at = y.offset + 2 * (row * into + k);
      y.data[at] = re;
      y.data[at + 1] = im;
    };
    const first = get(0);
    if (forward) {
      put(0, o.add(first.re, first.im), 0);
      put(h, o.sub(first.re, first.im), 0);
    } else put(0, o.add(first.re, get(h).re), o.sub(first.re, get(h).re));
    for (let k = 1; 2 * k <= h; k++) {
      const [a, b] = [get(k), get(h - k)];
      const even = { re: o.mul(o.add(a.re, b.re), factor), im: o.mul(o.sub(a.im, b.im), factor) };
      const odd = { re: o.mul(o.sub(a.re, b.re), factor), im: o.mul(o.add(a.im, b.im), factor) };
      const u = { re: constants.data[constants.offset + 2 * k], im: constants.data[constants.offset + 2 * k + 1] };
      const turned = product(o, odd, u);
      put(h - k, o.sub(even.re, turned.re), -o.sub(even.im, turned.im));
      put(k, o.add(even.re, turned.re), o.add(even.im, turned.im));
    }
  }
}

const ROUTINE: Routine = { name: "fftHalves", js: halvesOracle, cpu: halvesCpu, gpu: halvesGpu };

const HALVES: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "fftHalves",
  routine: ROUTINE,
  strided: [false, false],
  vjp: [
    (g, out) => {
      const { to, factor } = out.attr!.value as HalvesAttr;
      return halves(g as FloatTensor, { to: to === "spectrum" ? "pairs" : "spectrum", factor });
    },
    () => null,
  ],
});

/** Converts along the second-last axis of x [..., h, 2] or [..., h + 1, 2]. */
export function halves(x: FloatTensor, attr: HalvesAttr): Tensor {
  const length = x.shape[x.ndim - 2];
  const h = attr.to === "spectrum" ? length : length - 1;
  const shape = checkShape("fft", [...x.shape.slice(0, -2), attr.to === "spectrum" ? h + 1 : h, 2]);
  const sign = attr.to === "spectrum" ? 1 : -1;
  const count = Math.floor(h / 2) + 1;
  const constants = constantTensor(x.backend, x.dtype, `halves ${sign * h}`, [2 * count], () => {
    const u = new Float64Array(2 * count);
    for (let k = 0; k < count; k++) {
      // -i e^(-2 pi i k / n) is e^(-2 pi i (k + n / 4) / n).
      const [re, im] = rootOfUnity(2 * k + h, 4 * h);
      u[2 * k] = re;
      u[2 * k + 1] = sign * im;
    }
    return u;
  });
  return record(HALVES, [x, constants], shape, x.dtype, internAttr(attr));
}
