/**
 * Memory that a factorization works in, and the three operations it spends its time in: compiled on the CPU's arena, plain
 * JavaScript on the `js` device. Offsets and strides are in elements; all operations round alike on both, but for the fused
 * multiply-add of {@link Workspace.product} where the precision allows it.
 */
import {
  choleskyRowsModule,
  combineModule,
  dotsModule,
  mirrorModule,
  negateModule,
  productModule,
  type MirrorKind,
} from "../backend/cpu/linalgKernels.ts";
import { BLOCK_SCRATCH } from "../backend/cpu/gemmBlock.ts";
import { hasRelaxedSimd } from "../backend/cpu/asm.ts";
import type { RoutineEngine, RoutineMemory } from "../backend/backend.ts";
import { dotRows } from "./rows.ts";

/** See the file's head. */
export interface Workspace {
  /** Holds everything. */
  readonly data: Float64Array;
  /** Start of `count` elements with any content, until {@link Workspace.release}. */
  take(count: number): number;
  /** What is in use: to be given to release. */
  mark(): number;
  release(mark: number): void;
  /** C += A B for A of m x k and B of k x n, in increasing k. */
  product(
    m: number,
    n: number,
    k: number,
    a: number,
    aStep: number,
    b: number,
    bStep: number,
    c: number,
    cStep: number,
  ): void;
  /** y[i] = inner product of row i of the m x n matrix A with x. */
  dots(m: number, n: number, a: number, aStep: number, x: number, y: number): void;
  /** y += sum over i < m of f[i fStep] times row i of the m x n matrix A. */
  combine(m: number, n: number, f: number, fStep: number, a: number, aStep: number, y: number): void;
  /** The same with -=. */
  subtract(m: number, n: number, f: number, fStep: number, a: number, aStep: number, y: number): void;
  /** B = -A for m x n elements, those of a row of B adjacent. */
  negate(m: number, n: number, a: number, rowStep: number, columnStep: number, b: number, bStep: number): void;
  /**
   * Both triangles of an n x n matrix, for which one more row and column must be there: the mean of the matrix and its transpose, or
   * the transpose of the upper triangle with zeros above.
   */
  mirror(kind: MirrorKind, n: number, a: number, step: number): void;
  /** The first m of n rows of the Cholesky factor of an upper triangle, in its place; whether it is positive definite. */
  choleskyRows(m: number, n: number, a: number, step: number): boolean;
}

/** A distance between rows of n elements that spreads them over all sets of a cache: an odd number of lines. */
export function stepOf(n: number): number {
  return 8 * (Math.ceil(n / 8) | 1);
}

/** Makes m rows of n elements zeros. */
export function zeroRows(data: Float64Array, at: number, step: number, m: number, n: number): void {
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) data[at + i * step + j] = 0;
}

/** Elements of A, and of its columns, that one pass of a product keeps in the cache. */
const PRODUCT_ROWS = 64;
const PRODUCT_DEPTH = 128;

/** Where a routine runs: what it was handed beside its operands. */
export type Host = readonly [engine: RoutineEngine, memory: RoutineMemory];

/** Runs `body` with room for `size` elements. Data of operands must be read inside of it. */
export function withWorkspace<T>([engine, memory]: Host, size: number, body: (work: Workspace) => T): T {
  if (!engine.fastRoutines) return body(plainWorkspace(new Float64Array(size)));
  const bytes = 8 * size + BLOCK_SCRATCH;
  const start = memory.alloc(bytes);
  try {
    return body(compiledWorkspace(engine, memory, start, size));
  } finally {
    memory.free(start, bytes);
  }
}

function stackOf(start: number, size: number): Pick<Workspace, "take" | "mark" | "release"> {
  let top = start;
  return {
    take(count) {
      const at = top;
      top += Math.ceil(count / 8) * 8;
      if (top > start + size)
        throw new RangeError(`linalg: workspace too small (internal error, ${count} of ${size}).`);
      return at;
    },
    mark: () => top,
    release(mark) {
      top = mark;
    },
  };
}

type Compiled = (...args: number[]) => unknown;

/** What has been compiled for an engine, by name. */
const compiled = /*@__PURE__*/ new WeakMap<RoutineEngine, Map<string, Compiled>>();

function compiledWorkspace(engine: RoutineEngine, memory: RoutineMemory, start: number, size: number): Workspace {
  const relaxed = engine.options().relaxed && hasRelaxedSimd();
  const known = compiled.get(engine) ?? new Map<string, Compiled>();
  compiled.set(engine, known);
  const kernel = (name: string, bytes: (shared: boolean) => Uint8Array): Compiled => {
    let f = known.get(name);
    if (f === undefined) {
      f = engine.compileLaunch({ key: `linalg ${name}`, bytes }).run as Compiled;
      known.set(name, f);
    }
    return f;
  };
  const spare = start + 8 * size;
  return {
    data: memory.views.f64,
    ...stackOf(start / 8, size),
    product(m, n, k, a, aStep, b, bStep, c, cStep) {
      if (n === 0) return;
      const multiply = relaxed
        ? kernel("fused product", (shared) => productModule(true, shared))
        : kernel("product", (shared) => productModule(false, shared));
      for (let p = 0; p < k; p += PRODUCT_DEPTH) {
        const depth = Math.min(PRODUCT_DEPTH, k - p);
        for (let i = 0; i < m; i += PRODUCT_ROWS) {
          const rows = Math.min(PRODUCT_ROWS, m - i);
          const [from, to] = [8 * (a + i * aStep + p), 8 * (c + i * cStep)];
          multiply(from, 8 * aStep, 8 * (b + p * bStep), 8 * bStep, to, 8 * cStep, rows, n, depth, spare);
        }
      }
    },
    dots(m, n, a, aStep, x, y) {
      kernel("dots", dotsModule)(8 * a, 8 * aStep, 8 * x, 8 * y, m, 8 * n);
    },
    combine(m, n, f, fStep, a, aStep, y) {
      const run = kernel("combine", (shared) => combineModule("add", shared));
      run(8 * f, 8 * fStep, 8 * a, 8 * aStep, 8 * y, m, 8 * n);
    },
    subtract(m, n, f, fStep, a, aStep, y) {
      const run = kernel("subtract", (shared) => combineModule("sub", shared));
      run(8 * f, 8 * fStep, 8 * a, 8 * aStep, 8 * y, m, 8 * n);
    },
    negate(m, n, a, rowStep, columnStep, b, bStep) {
      kernel("negate", negateModule)(8 * b, 8 * bStep, 8 * a, 8 * rowStep, 8 * columnStep, m, n);
    },
    mirror(kind, n, a, step) {
      kernel(kind, (shared) => mirrorModule(kind, shared))(8 * a, 8 * step, n);
    },
    choleskyRows: (m, n, a, step) => kernel("cholesky", choleskyRowsModule)(8 * a, 8 * step, m, 8 * n) === 1,
  };
}

function plainWorkspace(data: Float64Array): Workspace {
  const subtract: Workspace["subtract"] = (m, n, f, fStep, a, aStep, y) => {
    for (let i = 0; i < m; i++) {
      const [s, row] = [data[f + i * fStep], a + i * aStep];
      for (let j = 0; j < n; j++) data[y + j] -= s * data[row + j];
    }
  };
  return {
    data,
    ...stackOf(0, data.length),
    product(m, n, k, a, aStep, b, bStep, c, cStep) {
      for (let i = 0; i < m; i++) {
        const to = c + i * cStep;
        for (let p = 0; p < k; p++) {
          const f = data[a + i * aStep + p];
          const from = b + p * bStep;
          for (let j = 0; j < n; j++) data[to + j] += f * data[from + j];
        }
      }
    },
    dots(m, n, a, aStep, x, y) {
      for (let i = 0; i < m; i++) data[y + i] = dotRows(data, a + i * aStep, data, x, n);
    },
    combine(m, n, f, fStep, a, aStep, y) {
      for (let i = 0; i < m; i++) {
        const [s, row] = [data[f + i * fStep], a + i * aStep];
        for (let j = 0; j < n; j++) data[y + j] += s * data[row + j];
      }
    },
    subtract,
    negate(m, n, a, rowStep, columnStep, b, bStep) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) data[b + i * bStep + j] = -data[a + i * rowStep + j * columnStep];
      }
    },
    mirror(kind, n, a, step) {
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < i; j++) {
          const [low, high] = [a + i * step + j, a + j * step + i];
          if (kind === "mean") data[low] = data[high] = data[low] * 0.5 + data[high] * 0.5;
          else [data[low], data[high]] = [data[high], 0];
        }
      }
    },
    choleskyRows(m, n, a, step) {
      for (let i = 0; i < m; i++) {
        const row = a + i * (step + 1);
        subtract(i, n - i, a + i, step, a + i, step, row);
        const square = data[row];
        // Also for NaN.
        if (!(square > 0 && square < Infinity)) return false;
        const root = Math.sqrt(square);
        for (let j = 0; j < n - i; j++) data[row + j] /= root;
      }
      return true;
    },
  };
}
