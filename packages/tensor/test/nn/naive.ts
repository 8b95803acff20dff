/** Convolution, pooling and interpolation by their definitions, over any number of spatial axes. */
import { stridesOf, volume } from "../support/grid.ts";

/** An array with its shape. */
export interface Grid {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A grid from a function of the position. */
export function grid(shape: readonly number[], f: (at: number[]) => number): Grid {
  const data = new Float64Array(volume(shape));
  positions(shape, (at, i) => (data[i] = f(at)));
  return { shape, data };
}

/** Visits all positions of a shape in C order. */
export function positions(shape: readonly number[], visit: (at: number[], i: number) => void): void {
  const strides = stridesOf(shape);
  for (let i = 0; i < volume(shape); i++) {
    visit(
      shape.map((n, d) => Math.floor(i / strides[d]) % n),
      i,
    );
  }
}

/** The element at a position, undefined outside. */
export function at({ shape, data }: Grid, position: readonly number[]): number | undefined {
  if (position.some((p, d) => p < 0 || p >= shape[d])) return undefined;
  return data[position.reduce((sum, p, d) => sum + p * stridesOf(shape)[d], 0)];
}

/** Geometry with one number per spatial axis. */
export interface NaiveGeometry {
  readonly stride: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/** Calls `visit` for every product of a convolution: positions in x, w and y. */
function products(
  xShape: readonly number[],
  wShape: readonly number[],
  yShape: readonly number[],
  { stride, padding, dilation, groups }: NaiveGeometry,
  visit: (x: number[], w: number[], y: number[]) => void,
): void {
  const perGroup = wShape[0] / groups;
  positions(yShape, (y) => {
    positions(wShape.slice(1), ([c, ...k]) => {
      const x = k.map((p, a) => y[a + 2] * stride[a] + p * dilation[a] - padding[a][0]);
      if (x.some((p, a) => p < 0 || p >= xShape[a + 2])) return;
      visit([y[0], Math.floor(y[1] / perGroup) * wShape[1] + c, ...x], [y[1], c, ...k], y);
    });
  });
}

/** Convolution. */
export function convolve(x: Grid, w: Grid, g: NaiveGeometry): Grid {
  const size = g.stride.map((s, a) => {
    const room = x.shape[a + 2] + g.padding[a][0] + g.padding[a][1];
    return Math.floor((room - g.dilation[a] * (w.shape[a + 2] - 1) - 1) / s) + 1;
  });
  const y = grid([x.shape[0], w.shape[0], ...size], () => 0);
  products(x.shape, w.shape, y.shape, g, (p, q, r) => add(y, r, (at(x, p) as number) * (at(w, q) as number)));
  return y;
}

/** Its adjoint: y with w to something of shape `shape`. */
export function convolveBack(y: Grid, w: Grid, shape: readonly number[], g: NaiveGeometry): Grid {
  const x = grid(shape, () => 0);
  products(shape, w.shape, y.shape, g, (p, q, r) => add(x, p, (at(y, r) as number) * (at(w, q) as number)));
  return x;
}

function add({ shape, data }: Grid, position: readonly number[], value: number): void {
  data[position.reduce((sum, p, d) => sum + p * stridesOf(shape)[d], 0)] += value;
}

/** Windows of [batch, channels, ...] reduced by a function of the elements inside and the number of those outside. */
export function pool(
  x: Grid,
  size: readonly number[],
  { stride, padding, dilation }: Omit<NaiveGeometry, "groups">,
  f: (inside: number[], outside: number) => number,
): Grid {
  const out = size.map((k, a) => {
    const room = x.shape[a + 2] + padding[a][0] + padding[a][1];
    return Math.floor((room - dilation[a] * (k - 1) - 1) / stride[a]) + 1;
  });
  return grid([x.shape[0], x.shape[1], ...out], ([n, c, ...i]) => {
    const values: number[] = [];
    let outside = 0;
    positions(size, (k) => {
      const v = at(x, [n, c, ...k.map((p, a) => i[a] * stride[a] + p * dilation[a] - padding[a][0])]);
      if (v === undefined) outside++;
      else values.push(v);
    });
    return f(values, outside);
  });
}

/** Interpolation between the neighbours of a position along every spatial axis. */
export function interpolate(
  x: Grid,
  size: readonly number[],
  place: (i: number, n: number, m: number) => number,
): Grid {
  return grid([x.shape[0], x.shape[1], ...size], ([n, c, ...i]) => {
    const p = i.map((v, a) => place(v, x.shape[a + 2], size[a]));
    let sum = 0;
    positions(
      size.map(() => 2),
      (corner) => {
        const weight = corner.reduce((w, far, a) => {
          const share = p[a] - Math.floor(p[a]);
          return w * (far === 1 ? share : 1 - share);
        }, 1);
        if (weight === 0) return;
        sum += weight * (at(x, [n, c, ...corner.map((far, a) => Math.floor(p[a]) + far)]) as number);
      },
    );
    return sum;
  });
}
