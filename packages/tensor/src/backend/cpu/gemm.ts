import type { CpuLaunch, CpuRoutinePlan, Word } from "../backend.ts";
import { BLOCK_SCRATCH } from "./gemmBlock.ts";
import { GEMM_WORDS, gemmModule } from "./gemmKernel.ts";
import { tileConfig } from "./gemmMicro.ts";
import type { FloatType, TileConfig } from "./gemmMicro.ts";
import { VECTOR_WORDS, vectorModule } from "./gemmVector.ts";

/** One operand of a matrix product, all in elements. Strides may be zero (broadcast) or negative. */
export interface MatrixView {
  readonly offset: number;
  /** One stride per batch dimension. */
  readonly batch: readonly number[];
  readonly row: number;
  readonly column: number;
}

/** C[..., i, j] = sum over k of A[..., i, k] B[..., k, j], with C in C order. */
export interface GemmSpec {
  readonly dtype: FloatType;
  /** Sizes of the batch dimensions, outermost first. */
  readonly batch: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: MatrixView;
  readonly b: MatrixView;
  /** Element at which C starts in the output; 0 when left out. */
  readonly start?: number;
  /** Fused multiply-add; the caller has checked that the engine has it. */
  readonly relaxed: boolean;
}

/** Sustained rate of one core in operations per nanosecond, for the estimate of a unit's cost. */
const RATE = { f32: 50, f64: 25 } as const;

/** Splits `size` into equal blocks of at most `most`, each a multiple of `multiple`. */
export function evenBlocks(size: number, most: number, multiple: number): number {
  const blocks = Math.max(1, Math.ceil(size / most));
  return Math.max(multiple, Math.ceil(size / blocks / multiple) * multiple);
}

interface BatchDim {
  readonly size: number;
  readonly a: number;
  readonly b: number;
}

/** Batch dimensions, innermost first, with neighbours merged that one stride describes. */
function mergeBatch(spec: GemmSpec): BatchDim[] {
  const merged: BatchDim[] = [];
  for (let d = spec.batch.length - 1; d >= 0; d--) {
    const dim = { size: spec.batch[d], a: spec.a.batch[d], b: spec.b.batch[d] };
    const last = merged.at(-1);
    if (dim.size === 1) continue;
    if (last !== undefined && dim.a === last.a * last.size && dim.b === last.b * last.size) {
      merged[merged.length - 1] = { size: last.size * dim.size, a: last.a, b: last.b };
    } else merged.push(dim);
  }
  return merged;
}

/** A product in the form the kernels take: batch merged, and folded into the rows of A where B does not depend on it. */
interface Product {
  readonly dims: readonly BatchDim[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: MatrixView;
  readonly b: MatrixView;
}

function canonical(spec: GemmSpec): Product {
  const dims = mergeBatch(spec);
  let { m } = spec;
  let row = spec.a.row;
  while (dims.length > 0 && dims[0].b === 0 && (m === 1 || dims[0].a === row * m)) {
    if (m === 1) row = dims[0].a;
    m *= dims[0].size;
    dims.shift();
  }
  return { dims, m, n: spec.n, k: spec.k, a: { ...spec.a, row }, b: spec.b };
}

function batchWords(dims: readonly BatchDim[], width: number, swap: boolean): number[] {
  return dims.flatMap(({ size, a, b }) => (swap ? [size, b * width, a * width] : [size, a * width, b * width]));
}

/** Plan of a product with one row or one column: y = x B, reading B once, with nothing packed where its rows are adjacent. */
function vectorLaunch(spec: GemmSpec, { dims, m, n, k, a, b }: Product): CpuLaunch {
  const { width } = tileConfig(spec.dtype, spec.relaxed);
  // A column is a row of the transposed product: yᵀ = bᵀ Aᵀ.
  const swap = n === 1 && m !== 1;
  const [size, x, matrix] = swap
    ? [
        m,
        { offset: b.offset, stride: b.row, operand: 1 },
        { offset: a.offset, row: a.column, column: a.row, operand: 0 },
      ]
    : [
        n,
        { offset: a.offset, stride: a.column, operand: 0 },
        { offset: b.offset, row: b.row, column: b.column, operand: 1 },
      ];
  const copyB = matrix.column !== 1 && matrix.row !== 1;
  const blockN = evenBlocks(size, matrix.column === 1 ? 4096 / width : 64, 16);
  const blockK = copyB ? 64 : Math.max(1, k);
  const copyStride = copyB ? blockN * width + 64 : 0;
  const columnBlocks = Math.ceil(size / blockN);
  const batch = dims.reduce((product, dim) => product * dim.size, 1);
  const words: Record<(typeof VECTOR_WORDS)[number], Word> = {
    x: { input: x.operand, bytes: x.offset * width },
    b: { input: matrix.operand, bytes: matrix.offset * width },
    y: { output: 0, bytes: (spec.start ?? 0) * width },
    n: size,
    k,
    xStride: x.stride * width,
    bRow: matrix.row * width,
    bColumn: matrix.column * width,
    blockN,
    blockK,
    columnBlocks,
    copyB: Number(copyB),
    copyBStride: copyStride,
    batchDims: dims.length,
  };
  return {
    key: `vector:${spec.dtype}:${spec.relaxed}`,
    bytes: (shared) => vectorModule(spec.dtype, spec.relaxed, shared),
    words: [...VECTOR_WORDS.map((name) => words[name]), ...batchWords(dims, width, swap)],
    units: batch * columnBlocks,
    unitCost: 20 + (2 * Math.min(blockN, size) * k) / 15,
    scratch: copyB ? blockK * copyStride : 0,
  };
}

/**
 * Block sizes: as many columns as leave B in the second-level cache, rows to pack it for, and at least eight units where
 * the product is worth two threads.
 */
function blockSizes(
  config: TileConfig,
  batch: number,
  m: number,
  n: number,
  k: number,
): { blockM: number; blockN: number } {
  let [mostM, mostN] = [1024, 1024 / config.width];
  const worthThreads = 2 * batch * m * n * k > 5e6;
  const units = (): number => batch * Math.ceil(m / mostM) * Math.ceil(n / mostN);
  while (worthThreads && units() < 8 && Math.max(Math.min(mostM, m), Math.min(mostN, n)) > 64) {
    if (Math.min(mostM, m) >= Math.min(mostN, n)) mostM = Math.ceil(Math.min(mostM, m) / 2);
    else mostN = Math.ceil(Math.min(mostN, n) / 2);
  }
  return { blockM: evenBlocks(m, mostM, 1), blockN: evenBlocks(n, mostN, config.columns) };
}

function blockLaunch(spec: GemmSpec, { dims, m, n, k, a, b }: Product): CpuLaunch {
  const config = tileConfig(spec.dtype, spec.relaxed);
  const { width, columns } = config;
  const batch = dims.reduce((product, dim) => product * dim.size, 1);
  const { blockM, blockN } = blockSizes(config, batch, m, n, k);
  const blockK = k <= 384 ? Math.max(1, k) : evenBlocks(k, 256, config.unroll);
  const copyA = a.column !== 1;
  const copyB = b.column !== 1 || (m > config.rows && n * k * width > 32768);
  // An odd number of cache lines per row spreads the rows over all sets of the first-level cache.
  const copyAStride = Math.ceil((blockK * width) / 128) * 128 + 64;
  const chunkM = copyA ? Math.min(blockM, 192 / width) : blockM;
  const panelBytes = blockK * columns * width + 64;
  const bytesA = copyA ? chunkM * copyAStride : 0;
  const panels = copyB ? Math.ceil(blockN / columns) : Number(n % columns !== 0);
  const bytesB = panels * panelBytes;
  const rowBlocks = Math.ceil(m / blockM);
  const columnBlocks = Math.ceil(n / blockN);
  const words: Record<(typeof GEMM_WORDS)[number], Word> = {
    a: { input: 0, bytes: a.offset * width },
    b: { input: 1, bytes: b.offset * width },
    c: { output: 0, bytes: (spec.start ?? 0) * width },
    m,
    n,
    k,
    aRow: a.row * width,
    aColumn: a.column * width,
    bRow: b.row * width,
    bColumn: b.column * width,
    blockM,
    blockN,
    blockK,
    chunkM,
    rowBlocks,
    columnBlocks,
    copyA: Number(copyA),
    copyB: Number(copyB),
    copyAStride,
    panelBytes,
    scratchB: bytesA,
    scratchSpare: bytesA + bytesB,
    batchDims: dims.length,
  };
  return {
    key: `gemm:${spec.dtype}:${spec.relaxed}`,
    bytes: (shared) => gemmModule(spec.dtype, spec.relaxed, shared),
    words: [...GEMM_WORDS.map((name) => words[name]), ...batchWords(dims, width, false)],
    units: batch * rowBlocks * columnBlocks,
    unitCost: 50 + (2 * Math.min(blockM, m) * Math.min(blockN, n) * k) / RATE[spec.dtype],
    scratch: bytesA + bytesB + BLOCK_SCRATCH,
  };
}

/**
 * Plans a batched matrix product on the CPU: inputs A and B, output C.
 *
 * Every element of C is the sum of its products in increasing k, so the result does not depend on the split of the
 * units between threads; with `relaxed: false` it equals a plain loop that rounds after every multiplication and every
 * addition. Cost: 2 m n k operations.
 */
export function gemmPlan(spec: GemmSpec): CpuRoutinePlan {
  const product = canonical(spec);
  const empty = product.m === 0 || product.n === 0 || product.dims.some((dim) => dim.size === 0);
  if (empty) return { temps: [], launches: [] };
  const launch = product.m === 1 || product.n === 1 ? vectorLaunch(spec, product) : blockLaunch(spec, product);
  return { temps: [], launches: [launch] };
}
