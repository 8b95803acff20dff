/** Arrays for people in no hurry: every operation as its definition, one element at a time, in doubles. */

export interface Naive {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export function size(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Builds an array from a function of the position. */
export function build(shape: readonly number[], f: (at: readonly number[]) => number): Naive {
  const data: number[] = [];
  const at = shape.map(() => 0);
  for (let i = 0; i < size(shape); i++) {
    data.push(f(at));
    for (let d = shape.length - 1; d >= 0; d--) {
      if (++at[d] < shape[d]) break;
      at[d] = 0;
    }
  }
  return { shape: [...shape], data };
}

/** The element at a position. */
export function get(x: Naive, at: readonly number[]): number {
  let i = 0;
  x.shape.forEach((n, d) => (i = i * n + at[d]));
  return x.data[i];
}

export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    return x === 1 ? y : x;
  });
}

export function broadcastTo(x: Naive, shape: readonly number[]): Naive {
  const lead = shape.length - x.shape.length;
  return build(shape, (at) =>
    get(
      x,
      x.shape.map((n, d) => (n === 1 ? 0 : at[lead + d])),
    ),
  );
}

export function map(f: (...v: number[]) => number, ...xs: Naive[]): Naive {
  const shape = xs.map((x) => x.shape).reduce(broadcastShape);
  const all = xs.map((x) => broadcastTo(x, shape));
  return { shape, data: all[0].data.map((_, i) => f(...all.map((x) => x.data[i]))) };
}

export function reshape(x: Naive, shape: readonly number[]): Naive {
  return { shape: [...shape], data: x.data };
}

export function permute(x: Naive, perm: readonly number[]): Naive {
  return build(
    perm.map((p) => x.shape[p]),
    (at) => {
      const from: number[] = [];
      perm.forEach((p, i) => (from[p] = at[i]));
      return get(x, from);
    },
  );
}

/** Position i of the result is `start + step * i` of the source. */
export function strided(
  x: Naive,
  starts: readonly number[],
  steps: readonly number[],
  sizes: readonly number[],
): Naive {
  return build(sizes, (at) =>
    get(
      x,
      at.map((i, d) => starts[d] + steps[d] * i),
    ),
  );
}

export function pad(x: Naive, widths: readonly (readonly [number, number])[], value: number): Naive {
  return build(
    x.shape.map((n, d) => n + widths[d][0] + widths[d][1]),
    (at) => {
      const from = at.map((i, d) => i - widths[d][0]);
      return from.every((i, d) => i >= 0 && i < x.shape[d]) ? get(x, from) : value;
    },
  );
}

export function concat(xs: readonly Naive[], axis: number): Naive {
  const total = xs.reduce((n, x) => n + x.shape[axis], 0);
  return build(
    xs[0].shape.map((n, d) => (d === axis ? total : n)),
    (at) => {
      let i = at[axis];
      for (const x of xs) {
        if (i < x.shape[axis])
          return get(
            x,
            at.map((v, d) => (d === axis ? i : v)),
          );
        i -= x.shape[axis];
      }
      throw new Error("concat: position out of range");
    },
  );
}

export function take(x: Naive, indices: Naive, axis: number): Naive {
  const k = indices.shape.length;
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return build(shape, (at) => {
    const raw = get(indices, at.slice(axis, axis + k));
    const i = raw < 0 ? raw + x.shape[axis] : raw;
    return i < 0 || i >= x.shape[axis] ? NaN : get(x, [...at.slice(0, axis), i, ...at.slice(axis + k)]);
  });
}

/** Reduces over axes with a function of all values. */
export function reduce(x: Naive, axes: readonly number[], f: (values: readonly number[]) => number): Naive {
  const kept = x.shape.map((_, d) => d).filter((d) => !axes.includes(d));
  const inner = axes.map((d) => x.shape[d]);
  return build(
    kept.map((d) => x.shape[d]),
    (at) => {
      const values = build(inner, (r) => {
        const from: number[] = [];
        kept.forEach((d, i) => (from[d] = at[i]));
        axes.forEach((d, i) => (from[d] = r[i]));
        return get(x, from);
      }).data;
      return f(values);
    },
  );
}

export function matmul(a: Naive, b: Naive): Naive {
  const [m, k] = a.shape.slice(-2);
  const n = b.shape[b.shape.length - 1];
  const lead = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const x = broadcastTo(a, [...lead, m, k]);
  const y = broadcastTo(b, [...lead, k, n]);
  return build([...lead, m, n], (at) => {
    const batch = at.slice(0, -2);
    const [i, j] = at.slice(-2);
    let s = 0;
    for (let p = 0; p < k; p++) s += get(x, [...batch, i, p]) * get(y, [...batch, p, j]);
    return s;
  });
}
