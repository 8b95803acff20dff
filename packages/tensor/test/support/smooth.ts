/** Random differentiable programs: smooth almost everywhere, of bounded values, and replayable on any inputs. */
import * as T from "@ansatz/tensor";
import type { DType, Tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { size } from "./naive.ts";
import type { Random } from "./random.ts";

/** A function of tensors of given shapes, and how it came about. */
export interface Program {
  readonly shapes: readonly (readonly number[])[];
  readonly text: string;
  /** All values of the last steps, largest programs first. */
  run(...inputs: Tensor[]): Tensor[];
}

interface Step {
  readonly text: string;
  readonly apply: (values: readonly Tensor[]) => Tensor;
}

/** Inputs for a program. */
export function smoothInputs(r: Random, program: Program, dtype: DType, device = "cpu"): Tensor[] {
  return program.shapes.map((shape) =>
    T.tensor(
      Float64Array.from({ length: size(shape) }, () => 2 * r.next() - 1),
      { shape, dtype, device },
    ),
  );
}

/** A random program of `count` steps. */
export function smoothProgram(r: Random, count: number): Program {
  const shapes = [[r.int(1, 3), r.int(1, 4)], [r.int(1, 4)], [2, r.int(1, 3), 2]];
  const steps: Step[] = [];
  const sample = shapes.map((shape) => T.ones(shape, { dtype: "f64" }) as Tensor);
  const known = sample.map((x) => x.shape);
  while (steps.length < count) {
    const step = randomStep(r, known);
    if (step === null) continue;
    // Only the shape matters here; the values are bounded whatever the inputs.
    const next = step.apply(known.map((shape) => T.ones(shape, { dtype: "f64" })));
    if (next.size > 120 || next.ndim > 6) continue;
    known.push(next.shape);
    steps.push(step);
  }
  return {
    shapes,
    text: steps.map((s, i) => `v${i + 3} = ${s.text}`).join("; "),
    run(...inputs) {
      const values = [...inputs];
      for (const step of steps) values.push(step.apply(values));
      return values.slice(-3).toReversed();
    },
  };
}

/** One value for all results of a program: a sum with uneven weights. */
export function loss(results: readonly Tensor[]): Tensor {
  return results
    .map((y, k) => {
      const w = T.add(T.mul(T.astype(T.reshape(T.iota([y.size]), y.shape), y.dtype), 0.13), 0.5 + k);
      return T.sum(T.mul(y, T.sin(w)));
    })
    .reduce((a, b) => T.add(a, b));
}

function fits(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 1; i <= Math.min(a.length, b.length); i++) {
    const x = a[a.length - i];
    const y = b[b.length - i];
    if (x !== y && x !== 1 && y !== 1) return false;
  }
  return true;
}

const UNARY: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  sin: T.sin,
  cos: T.cos,
  tanh: T.tanh,
  sigmoid: T.sigmoid,
  "exp tanh": (x) => T.exp(T.tanh(x)),
  "softplus tanh": (x) => T.softplus(T.tanh(x)),
  "log 1 + x^2": (x) => T.log(T.add(T.square(x), 1)),
  "sqrt 1 + x^2": (x) => T.sqrt(T.add(T.square(x), 1)),
  "1 / (2 + sin x)": (x) => T.reciprocal(T.add(T.sin(x), 2)),
  erf: T.erf,
  "gelu tanh": (x) => T.gelu(T.tanh(x)),
  "x / 2 - 1": (x) => T.sub(T.mul(x, 0.5), 1),
};

/** Keeps values in (-1, 1) where an operation could make them grow. */
const calm = (x: Tensor): Tensor => T.tanh(T.mul(x, 0.5));

function randomStep(r: Random, known: readonly (readonly number[])[]): Step | null {
  const a = r.int(Math.max(0, known.length - 5), known.length - 1);
  const b = r.int(0, known.length - 1);
  const shape = known[a];
  const rank = shape.length;
  const axes = shape.map((_, d) => d).filter(() => r.next() < 0.5);
  const axis = rank === 0 ? 0 : r.int(0, rank - 1);
  switch (r.int(0, 19)) {
    case 0:
    case 1:
    case 2:
    case 3: {
      const name = r.pick(Object.keys(UNARY));
      return { text: `${name} of v${a}`, apply: (v) => UNARY[name](v[a]) };
    }
    case 4:
      return fits(shape, known[b]) ? { text: `v${a} + v${b}`, apply: (v) => calm(T.add(v[a], v[b])) } : null;
    case 5:
      return fits(shape, known[b]) ? { text: `v${a} * v${b}`, apply: (v) => calm(T.mul(v[a], v[b])) } : null;
    case 6:
      return fits(shape, known[b])
        ? { text: `v${a} / v${b}`, apply: (v) => calm(T.div(v[a], T.add(T.square(v[b]), 1))) }
        : null;
    case 7: {
      const perm = shape.map((_, d) => d).toSorted(() => r.next() - 0.5);
      return { text: `permute v${a} ${perm.join()}`, apply: (v) => T.permute(v[a], perm) };
    }
    case 8: {
      const n = size(shape);
      const divisors = Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
      const d = r.pick(divisors);
      const e = r.pick(divisors.filter((x) => (n / d) % x === 0));
      const to = [d, n / d / e, e];
      return { text: `reshape v${a} ${to.join()}`, apply: (v) => T.reshape(v[a], to) };
    }
    case 9: {
      const ranges = shape.map((n): [number | null, null, number] => {
        const step = r.pick([1, -1, 2, -2]);
        return [r.next() < 0.5 ? null : r.int(0, n - 1), null, step];
      });
      return { text: `slice v${a} ${JSON.stringify(ranges)}`, apply: (v) => T.slice(v[a], ranges) };
    }
    case 10: {
      const widths = shape.map((): [number, number] => [r.int(0, 1), r.int(0, 2)]);
      return { text: `pad v${a} ${JSON.stringify(widths)}`, apply: (v) => T.pad(v[a], widths, { value: 0.25 }) };
    }
    case 11: {
      if (rank === 0) return null;
      const others = known.flatMap((s, i) =>
        s.length === rank && s.every((n, d) => d === axis || n === shape[d]) ? [i] : [],
      );
      const c = r.pick(others);
      return { text: `concat v${a} v${c} v${a} on ${axis}`, apply: (v) => T.concat([v[a], v[c], v[a]], axis) };
    }
    case 12: {
      const wide = [r.int(1, 2), ...shape.map((n) => (n === 1 ? r.int(1, 3) : n))];
      return { text: `broadcast v${a} to ${wide.join()}`, apply: (v) => T.broadcastTo(v[a], wide) };
    }
    case 13: {
      const name = r.pick(["sum", "mean", "variance", "logsumexp"] as const);
      if (name === "variance" && axes.length === 0) return null;
      const keepDims = r.next() < 0.3;
      return {
        text: `${name} of v${a} over ${axes.join()}${keepDims ? ", kept" : ""}`,
        apply: (v) => T[name](calm(v[a]), { axis: axes, keepDims }),
      };
    }
    case 14: {
      if (rank === 0) return null;
      return r.next() < 0.5
        ? { text: `softmax v${a} on ${axis}`, apply: (v) => T.softmax(v[a], axis) }
        : { text: `logSoftmax v${a} on ${axis}`, apply: (v) => calm(T.logSoftmax(v[a], axis)) };
    }
    case 15: {
      if (rank === 0) return null;
      const n = shape[axis];
      const at = Array.from({ length: r.int(1, 3) }, () => r.int(-n, n - 1));
      return {
        text: `take v${a} at ${at.join()} on ${axis}`,
        apply: (v) => T.take(v[a], T.tensor(at, { dtype: "i32", device: v[a].device }), axis),
      };
    }
    case 16: {
      if (rank === 0) return null;
      const at = Array.from({ length: shape[axis] }, () => r.int(-3, 2));
      return {
        text: `scatterAdd v${a} at ${at.join()} on ${axis}`,
        apply: (v) => T.scatterAdd(v[a], T.tensor(at, { dtype: "i32", device: v[a].device }), 3, axis),
      };
    }
    case 17:
      return rank < 2
        ? null
        : { text: `v${a} times its transpose`, apply: (v) => calm(T.matmul(v[a], T.transpose(T.sin(v[a])))) };
    case 18: {
      if (rank < 2) return null;
      const kernel = [2, 1, r.int(1, 2), r.int(1, 2)];
      const stride = r.int(1, 2);
      const dilation = r.int(1, 2);
      return {
        text: `conv v${a} kernel ${kernel.join()} stride ${stride} dilation ${dilation}`,
        apply: (v) => {
          const [h, w] = shape.slice(-2);
          const x = T.reshape(v[a], [-1, 1, h, w]);
          const weights = T.slice(T.pad(T.reshape(v[a], [-1]), [[0, 8]], { value: 0.5 }), [[0, size(kernel)]]);
          return calm(conv2d(x, T.reshape(weights, kernel), { stride, dilation, padding: 2 }));
        },
      };
    }
    default: {
      const mask = Array.from({ length: size(shape) }, () => r.next() < 0.5);
      return fits(shape, known[b]) && size(known[b]) <= size(shape) && known[b].length <= rank
        ? {
            text: `where(v${a}, v${b})`,
            apply: (v) => T.where(T.tensor(mask, { shape, device: v[a].device }), v[a], v[b]),
          }
        : null;
    }
  }
}
