/** Triangular systems on the GPU: a few unknowns at a time by substitution, the others hear of them by a product. */
import type { GpuDispatch, GpuRoutine } from "../../backend/backend.ts";
import type { TriangularAttr } from "../substitution.ts";
import {
  countOf,
  dispatchOf,
  FLAT,
  FLAT_HEAD,
  flatGroups,
  NAN_BITS,
  operandMatrices,
  shapeOf,
  type LinalgShader,
  type Matrices,
} from "./shader.wgsl.ts";
import { block, update } from "./update.wgsl.ts";

/** Unknowns that one invocation finds one by one. */
export const BLOCK = 32;

/** Every invocation solves for one right side. `own`: the triangle lies in the buffer of the right sides. */
function substitution(own: boolean): LinalgShader {
  const load = own ? "load_x" : "load_t";
  return {
    name: `substitution${own ? "/own" : ""}`,
    buffers: [
      ...(own ? [] : [{ name: "t", type: "elements", writes: false } as const]),
      { name: "x", type: "elements", writes: true },
    ],
    params: [
      "count",
      "unknowns",
      "columns",
      "t_at",
      "t_each",
      "t_step",
      "x_at",
      "x_each",
      "x_step",
      "lower",
      "unit",
      "nan",
    ],
    workgroup: FLAT,
    body: `${FLAT_HEAD}
  let s = at / p.columns;
  let t = s * p.t_each + p.t_at;
  let x = s * p.x_each + p.x_at + at % p.columns;
  var known: array<T, ${BLOCK}>;
  for (var step = 0; step < p.unknowns; step++) {
    let i = select(p.unknowns - 1 - step, step, p.lower != 0);
    var value = load_x(x + i * p.x_step);
    for (var before = 0; before < step; before++) {
      let j = select(p.unknowns - 1 - before, before, p.lower != 0);
      value -= mul(${load}(t + i * p.t_step + j), known[before]);
    }
    if (p.unit == 0) {
      let diagonal = ${load}(t + i * (p.t_step + 1));
      // A zero on the diagonal: there is no solution.
      if (is_zero(diagonal)) { value = all_parts(bitcast<f32>(p.nan)); } else { value = divide(value, diagonal); }
    }
    known[step] = value;
    store_x(x + i * p.x_step, value);
  }`,
  };
}

const [OTHER, OWN] = [substitution(false), substitution(true)];

/**
 * Solves for up to {@link BLOCK} unknowns: the right sides, `columns` columns of x from (row, column) on, become the solutions. The
 * triangle begins at (corner, corner) of t, whose buffer may be that of x.
 */
export function substituteBlock(
  complex: boolean,
  batch: number,
  unknowns: number,
  columns: number,
  { t, corner, own }: { readonly t: Matrices; readonly corner: number; readonly own: boolean },
  { x, row, column }: { readonly x: Matrices; readonly row: number; readonly column: number },
  { lower, unitDiagonal }: TriangularAttr,
): GpuDispatch {
  const count = batch * columns;
  const places = [corner * (t.step + 1), t.each, t.step, row * x.step + column, x.each, x.step];
  return dispatchOf(
    own ? OWN : OTHER,
    complex,
    own ? [x.buffer] : [t.buffer, x.buffer],
    own ? [x.offset] : [t.offset, x.offset],
    [count, unknowns, columns, ...places, Number(lower), Number(unitDiagonal), NAN_BITS],
    flatGroups(count),
  );
}

/** Solves triangular systems of n unknowns for k right sides each, the columns of x, which become the solutions. */
export function substitute(
  complex: boolean,
  batch: number,
  [n, k]: readonly [n: number, k: number],
  t: Matrices,
  x: Matrices,
  attr: TriangularAttr,
): GpuDispatch[] {
  const dispatches: GpuDispatch[] = [];
  for (let done = 0; done < n; done += BLOCK) {
    const end = attr.lower ? Math.min(n, done + BLOCK) : n - done;
    const start = attr.lower ? done : Math.max(0, end - BLOCK);
    dispatches.push(
      substituteBlock(
        complex,
        batch,
        end - start,
        k,
        { t, corner: start, own: false },
        { x, row: start, column: 0 },
        attr,
      ),
    );
    const [from, to] = attr.lower ? [end, n] : [0, start];
    if (from === to) continue;
    const factors = [block(t, from, start), block(x, start, 0), block(x, from, 0)] as const;
    dispatches.push(update(complex, batch, [to - from, k, end - start], factors));
  }
  return dispatches;
}

const COPY: LinalgShader = {
  name: "copy",
  buffers: [
    { name: "x", type: "elements", writes: false },
    { name: "y", type: "elements", writes: true },
  ],
  params: ["count"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  store_y(at, load_x(at));`,
};

/** Copies `count` elements that lie side by side. */
export function copy(
  complex: boolean,
  from: Pick<Matrices, "buffer" | "offset">,
  to: Pick<Matrices, "buffer" | "offset">,
  count: number,
): GpuDispatch {
  return dispatchOf(COPY, complex, [from.buffer, to.buffer], [from.offset, to.offset], [count], flatGroups(count));
}

/** The GPU version of `triangularRoutine`. */
export function triangularGpu(complex: boolean): GpuRoutine {
  return ([a, b], [x], attr) => {
    const shape = shapeOf(x, complex);
    const [n, k] = shape.slice(-2);
    const batch = countOf(shape);
    const [t, right, result] = [
      operandMatrices(a, { input: 0 }, complex),
      operandMatrices(b, { input: 1 }, complex),
      operandMatrices(x, { output: 0 }, complex),
    ];
    return {
      temps: [],
      dispatches: [
        copy(complex, right, result, batch * n * k),
        ...substitute(complex, batch, [n, k], t, result, attr as TriangularAttr),
      ],
    };
  };
}
