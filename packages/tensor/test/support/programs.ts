/** Random programs: the same sequence of operations on tensors and on naive arrays. */
import * as T from "@ansatz/tensor";
import type { DType, Tensor } from "@ansatz/tensor";
import * as N from "./naive.ts";
import type { Naive } from "./naive.ts";
import type { Random } from "./random.ts";

/** A value in both worlds. */
export interface Both {
  readonly t: Tensor;
  readonly n: Naive;
}

const round = (dtype: DType): ((x: number) => number) => (dtype === "f32" ? Math.fround : (x) => x);

/** A fresh input of small numbers that stay exact in f32. */
export function input(r: Random, shape: readonly number[], dtype: DType, device: string): Both {
  const n = N.build(shape, () => r.int(-8, 8) / 4);
  return { n, t: T.tensor(dtype === "f64" ? Float64Array.from(n.data) : Float32Array.from(n.data), { shape, device }) };
}

/** One random step applied to a value; returns null when it does not fit. */
export function randomStep(r: Random, values: readonly Both[], dtype: DType, device: string): Both | null {
  const x = r.pick(values);
  const shape = x.n.shape;
  const rank = shape.length;
  const f = round(dtype);
  switch (r.int(0, 15)) {
    case 0: {
      const c = r.int(-4, 4) / 2;
      return { t: T.add(x.t, c), n: N.map((v) => f(v + c), x.n) };
    }
    case 1: {
      const c = r.pick([0.5, -1, 2]);
      return { t: T.mul(x.t, c), n: N.map((v) => f(v * c), x.n) };
    }
    case 2: {
      const y = r.pick(values);
      if (!fits(x.n.shape, y.n.shape)) return null;
      return { t: T.add(x.t, y.t), n: N.map((a, b) => f(a + b), x.n, y.n) };
    }
    case 3: {
      const y = r.pick(values);
      if (!fits(x.n.shape, y.n.shape)) return null;
      return { t: T.maximum(x.t, y.t), n: N.map(Math.max, x.n, y.n) };
    }
    case 4: {
      const y = r.pick(values);
      if (!fits(x.n.shape, y.n.shape)) return null;
      return { t: T.where(T.less(x.t, y.t), x.t, T.abs(y.t)), n: N.map((a, b) => (a < b ? a : Math.abs(b)), x.n, y.n) };
    }
    case 5: {
      const perm = shape.map((_, d) => d);
      for (let i = rank - 1; i > 0; i--) {
        const j = r.int(0, i);
        [perm[i], perm[j]] = [perm[j], perm[i]];
      }
      return { t: T.permute(x.t, perm), n: N.permute(x.n, perm) };
    }
    case 6: {
      const to = randomShape(r, N.size(shape));
      return { t: T.reshape(x.t, to), n: N.reshape(x.n, to) };
    }
    case 7:
      return slice(r, x);
    case 8: {
      if (N.size(shape) > 200) return null;
      const widths = shape.map((): [number, number] => [r.int(0, 2), r.int(0, 2)]);
      const value = r.int(-2, 2);
      return { t: T.pad(x.t, widths, { value }), n: N.pad(x.n, widths, value) };
    }
    case 9: {
      if (rank === 0 || N.size(shape) > 200) return null;
      const axis = r.int(0, rank - 1);
      const others = values.filter(
        (v) => v.n.shape.length === rank && v.n.shape.every((m, d) => d === axis || m === shape[d]),
      );
      const y = r.pick(others);
      return { t: T.concat([x.t, y.t, x.t], axis), n: N.concat([x.n, y.n, x.n], axis) };
    }
    case 10: {
      const wide = [r.int(1, 3), ...shape.map((m) => (m === 1 ? r.int(1, 4) : m))];
      if (N.size(wide) > 400 || wide.length > 6) return null;
      return { t: T.broadcastTo(x.t, wide), n: N.broadcastTo(x.n, wide) };
    }
    case 11: {
      const axes = shape.map((_, d) => d).filter(() => r.next() < 0.5);
      return { t: T.sum(x.t, { axis: axes }), n: N.reduce(x.n, axes, (v) => v.reduce((a, b) => a + b, 0)) };
    }
    case 12: {
      const axes = shape.map((_, d) => d).filter(() => r.next() < 0.5);
      return { t: T.max(x.t, { axis: axes }), n: N.reduce(x.n, axes, (v) => Math.max(...v)) };
    }
    case 13: {
      if (rank === 0) return null;
      const axis = r.int(0, rank - 1);
      const indices = N.build([r.int(1, 3)], () => r.int(-shape[axis], shape[axis] - 1));
      const it = T.tensor(Int32Array.from(indices.data), { device });
      return { t: T.take(x.t, it, axis), n: N.take(x.n, indices, axis) };
    }
    case 14: {
      if (rank < 2 || N.size(shape) > 300) return null;
      const y = N.permute(
        x.n,
        [...shape.keys()].map((d) => (d === rank - 1 ? rank - 2 : d === rank - 2 ? rank - 1 : d)),
      );
      return { t: T.matmul(x.t, T.transpose(x.t)), n: N.matmul(x.n, y) };
    }
    default:
      return { t: T.div(x.t, 4), n: N.map((v) => f(v / 4), x.n) };
  }
}

function fits(a: readonly number[], b: readonly number[]): boolean {
  const rank = Math.max(a.length, b.length);
  for (let i = 1; i <= rank; i++) {
    const x = a[a.length - i] ?? 1;
    const y = b[b.length - i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return false;
  }
  return N.size(N.broadcastShape(a, b)) <= 600;
}

function slice(r: Random, x: Both): Both {
  const starts: number[] = [];
  const steps: number[] = [];
  const sizes: number[] = [];
  const ranges = x.n.shape.map((n): [number, number | null, number] => {
    const step = r.pick([1, 1, 2, -1, -2]);
    const a = r.int(0, n - 1);
    const count = step > 0 ? Math.ceil((n - a) / step) : Math.ceil((a + 1) / -step);
    starts.push(a);
    steps.push(step);
    sizes.push(count);
    return [a, null, step];
  });
  return { t: T.slice(x.t, ranges), n: N.strided(x.n, starts, steps, sizes) };
}

function randomShape(r: Random, total: number): number[] {
  const dims: number[] = [];
  let rest = total;
  while (rest > 1 && dims.length < 4) {
    const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((d) => rest % d === 0);
    const d = r.pick(divisors);
    dims.push(d);
    rest /= d;
  }
  if (rest > 1) dims.push(rest);
  return dims;
}

/** Runs a program of `steps` random operations and returns everything it computed. */
export function randomProgram(r: Random, steps: number, dtype: DType, device: string): Both[] {
  const values: Both[] = [
    input(r, [r.int(1, 4), r.int(1, 5)], dtype, device),
    input(r, [r.int(1, 5)], dtype, device),
    input(r, [2, r.int(1, 3), 4], dtype, device),
  ];
  for (let s = 0; s < steps; s++) {
    const next = randomStep(r, values, dtype, device);
    if (next !== null && N.size(next.n.shape) <= 600) values.push(next);
  }
  return values;
}
