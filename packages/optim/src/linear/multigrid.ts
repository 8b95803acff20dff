/** A multigrid cycle for Poisson's equation. */
import {
  add,
  ArgumentError,
  checkOptions,
  flatten,
  matmul,
  mul,
  pad,
  reshape,
  slice,
  stack,
  sub,
  tensor,
  type Range,
  type Tensor,
} from "@ansatz/tensor";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { checkCount, checkPositive } from "../check.ts";
import { invert } from "../dense.ts";
import { checkBox, type PoissonOptions } from "./poisson.ts";

/** Options of {@link multigridPoisson}. */
export interface MultigridOptions extends PoissonOptions {
  /** f32 when left out. */
  readonly dtype?: "f32" | "f64";
  /** Smoothing steps before and after the coarse correction; 2 when left out. */
  readonly smoothing?: number;
  /** Damping of the smoother, > 0; 0.8 when left out. */
  readonly damping?: number;
}

/** Weights of a stencil, over offsets -1, 0, 1 along every axis, in C order. */
type Stencil = readonly number[];

/**
 * One V-cycle for {@link import("./poisson.ts").poissonOperator} from a zero guess, as an approximate inverse: damped Jacobi
 * smoothing, linear interpolation P, restriction P^T, Galerkin coarse operators `P^T A P` (which are stencils again), and an
 * exact solve on three points per axis. Symmetric positive definite, so fit for CG.
 * @throws ArgumentError unless the size is `2^k - 1` with k >= 2
 */
export function multigridPoisson(options: MultigridOptions): LinearOperator {
  const name = "multigridPoisson";
  checkOptions(name, options, ["size", "dimensions", "dtype", "smoothing", "damping"]);
  const { size, dimensions } = checkBox(name, options);
  const { dtype = "f32", smoothing = 2, damping = 0.8 } = options;
  checkCount(name, "smoothing", smoothing);
  checkPositive(name, "damping", damping);
  if (size < 3 || !Number.isInteger(Math.log2(size + 1))) {
    throw new ArgumentError(`${name}: size must be one less than a power of 2 (got ${size}, expected 3, 7, 15, ...).`);
  }
  const levels: { n: number; stencil: Stencil }[] = [{ n: size, stencil: laplacian(dimensions) }];
  while (levels[levels.length - 1].n > 3) {
    const { n, stencil } = levels[levels.length - 1];
    levels.push({ n: (n - 1) / 2, stencil: coarsened(stencil, dimensions) });
  }
  const bottom = invert(stencilMatrix(levels[levels.length - 1].stencil, 3, dimensions));
  const values = bottom.flat();
  const inverse = tensor(dtype === "f64" ? Float64Array.from(values) : Float32Array.from(values), {
    shape: [bottom.length, bottom.length],
  }) as Tensor;

  const cycle = (b: Tensor, level: number): Tensor => {
    const { n, stencil } = levels[level];
    if (n === 3) return reshape(matmul(inverse, flatten(b)), b.shape);
    const centre = stencil[(stencil.length - 1) / 2];
    const weight = damping / centre;
    // The first step from zero needs no product.
    let x = mul(b, weight);
    const smooth = (): void => {
      x = add(x, mul(sub(b, applyStencil(stencil, x)), weight));
    };
    for (let i = 1; i < smoothing; i++) smooth();
    const coarse = cycle(restricted(sub(b, applyStencil(stencil, x))), level + 1);
    x = add(x, interpolated(coarse));
    for (let i = 0; i < smoothing; i++) smooth();
    return x;
  };
  const shape = new Array<number>(dimensions).fill(size);
  const apply = (b: Tensor): Tensor => cycle(b, 0);
  return linearOperator({ name, domain: shape, range: shape, dtype, apply, adjoint: apply });
}

/** All offsets of a cube of side `side`, around 0. */
function offsets(side: number, dimensions: number): number[][] {
  const half = (side - 1) / 2;
  const one = Array.from({ length: side }, (_, i) => i - half);
  let all: number[][] = [[]];
  for (let d = 0; d < dimensions; d++) all = all.flatMap((o) => one.map((i) => [...o, i]));
  return all;
}

function laplacian(dimensions: number): Stencil {
  return offsets(3, dimensions).map((o) => {
    const distance = o.reduce((s, i) => s + Math.abs(i), 0);
    return distance === 0 ? 2 * dimensions : distance === 1 ? -1 : 0;
  });
}

/** `P^T A P` on the coarse grid: the same stencil at every point, since interpolation reaches no point outside. */
function coarsened(stencil: Stencil, dimensions: number): Stencil {
  const near = offsets(3, dimensions);
  const hat = (o: number[]): number => o.reduce((w, i) => w * (i === 0 ? 1 : Math.abs(i) === 1 ? 0.5 : 0), 1);
  return near.map((coarse) => {
    let sum = 0;
    for (const [a, from] of near.entries()) {
      for (const p of near) {
        // Point p of the hat at 0, moved by the stencil, seen by the hat at 2 * coarse.
        const seen = p.map((v, d) => v + from[d] - 2 * coarse[d]);
        sum += hat(p) * stencil[a] * hat(seen);
      }
    }
    return sum;
  });
}

/** The matrix of a stencil on n points per axis. */
function stencilMatrix(stencil: Stencil, n: number, dimensions: number): number[][] {
  const points: number[][] = offsets(n, dimensions).map((o) => o.map((i) => i + (n - 1) / 2));
  const near = offsets(3, dimensions);
  return points.map((p) =>
    points.map((q) => {
      const k = near.findIndex((o) => o.every((v, d) => q[d] - p[d] === v));
      return k < 0 ? 0 : stencil[k];
    }),
  );
}

/** `A x` with zeros outside. */
function applyStencil(stencil: Stencil, x: Tensor): Tensor {
  const wide = pad(
    x,
    x.shape.map((): [number, number] => [1, 1]),
  );
  const terms = offsets(3, x.ndim).flatMap((o, k) => {
    if (stencil[k] === 0) return [];
    const window = o.map((v, d): Range => [v + 1, v + 1 + x.shape[d]]);
    return [mul(slice(wide, window), stencil[k])];
  });
  return terms.reduce((a, b) => add(a, b));
}

/** P along every axis: fine points between two coarse ones get their mean. */
function interpolated(x: Tensor): Tensor {
  let out = x;
  for (let axis = 0; axis < x.ndim; axis++) {
    const n = out.shape[axis];
    const along = (before: number, after: number): Tensor =>
      pad(
        out,
        out.shape.map((_, d): [number, number] => (d === axis ? [before, after] : [0, 0])),
      );
    const even = mul(add(along(1, 0), along(0, 1)), 0.5);
    const woven = reshape(
      stack([even, along(0, 1)], axis + 1),
      out.shape.map((m, d) => (d === axis ? 2 * (n + 1) : m)),
    );
    out = slice(
      woven,
      woven.shape.map((m, d): Range => (d === axis ? [0, 2 * n + 1] : [0, m])),
    );
  }
  return out;
}

/** P^T along every axis: `odd + (even before + even after) / 2`. */
function restricted(x: Tensor): Tensor {
  let out = x;
  for (let axis = 0; axis < x.ndim; axis++) {
    const n = out.shape[axis];
    const every = (first: number): Tensor =>
      slice(
        out,
        out.shape.map((m, d): Range => (d === axis ? [first, n - 2 + first, 2] : [0, m])),
      );
    out = add(every(1), mul(add(every(0), every(2)), 0.5));
  }
  return out;
}
