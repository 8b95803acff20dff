/** Launches of scans on the CPU. All operands are contiguous. */
import { blockOf, rowsOf, type AlongAttr, type Rows, type ScanAttr } from "../../scan/layout.ts";
import type { ExtremeAttr } from "../../scan/oracle.ts";
import type { CpuLaunch, CpuRoutine, RoutineOperand, Word } from "../backend.ts";
import { COLUMN_SCRATCH, COLUMN_WORDS, linearColumnsModule, scanColumnsModule } from "./scanColumns.ts";
import { EXTREME_WORDS, extremeModule } from "./scanExtreme.ts";
import { CHAINS, isScanType, scanFormat, STRIP, type ScanType } from "./scanKernel.ts";
import {
  linearRowsModule,
  ROW_SCRATCH,
  ROW_WORDS,
  scanRowsModule,
  scanTotalsModule,
  type RowPart,
} from "./scanRows.ts";

interface Arrays {
  readonly x: Word;
  readonly y: Word;
  /** The factors of a linear recurrence. */
  readonly a: Word;
}

function pointer(which: "input" | "output", index: number, operand: RoutineOperand, width: number): Word {
  const bytes = operand.offset * width;
  return which === "input" ? { input: index, bytes } : { output: index, bytes };
}

function columnLaunch(
  dtype: ScanType,
  arrays: Arrays,
  { outer, n, inner }: Rows,
  { reverse }: AlongAttr,
  module: Pick<CpuLaunch, "key" | "bytes">,
): CpuLaunch {
  const { width } = scanFormat(dtype);
  const row = inner * width;
  const block = blockOf(n);
  const strips = Math.ceil(inner / STRIP);
  const words: Record<(typeof COLUMN_WORDS)[number], Word> = {
    ...arrays,
    outer: n * row,
    n,
    inner,
    strips,
    row: reverse ? -row : row,
    first: reverse ? (n - 1) * row : 0,
    block,
    start: reverse ? n - (Math.ceil(n / block) - 1) * block : block,
  };
  return {
    ...module,
    words: COLUMN_WORDS.map((name) => words[name]),
    units: outer * strips,
    unitCost: 20 + n * (2 + Math.min(inner, STRIP) * 0.4),
    scratch: COLUMN_SCRATCH,
  };
}

function rowLaunch(
  arrays: Arrays,
  { outer, n }: Rows,
  block: number,
  module: Pick<CpuLaunch, "key" | "bytes">,
  totals: Word,
): CpuLaunch {
  const blocks = Math.ceil(n / block);
  const chains = outer * blocks;
  const words: Record<(typeof ROW_WORDS)[number], Word> = { ...arrays, totals, n, block, blocks, chains };
  return {
    ...module,
    words: ROW_WORDS.map((name) => words[name]),
    units: Math.ceil(chains / CHAINS),
    unitCost: 40 + block * CHAINS * 0.5,
    scratch: ROW_SCRATCH,
  };
}

/** Running reductions: input x, output of the same shape. */
export const scanCpu: CpuRoutine = ([x], [y], attr) => {
  const { dtype } = y;
  if (!isScanType(dtype)) return null;
  const scan = attr as ScanAttr;
  const rows = rowsOf(y.shape, scan.axis);
  const { width } = scanFormat(dtype);
  const arrays = { x: pointer("input", 0, x, width), y: pointer("output", 0, y, width), a: 0 };
  const key = `scan ${dtype} ${scan.kind} ${scan.reverse} ${scan.exclusive}`;
  if (rows.inner > 1) {
    const bytes = (shared: boolean): Uint8Array => scanColumnsModule(dtype, scan, shared);
    return { temps: [], launches: [columnLaunch(dtype, arrays, rows, scan, { key: `${key} columns`, bytes })] };
  }
  const block = blockOf(rows.n);
  const part = (name: RowPart, totals: Word): CpuLaunch =>
    rowLaunch(
      arrays,
      rows,
      block,
      { key: `${key} ${name}`, bytes: (shared) => scanRowsModule(dtype, scan, name, shared) },
      totals,
    );
  if (block >= rows.n) return { temps: [], launches: [part("whole", 0)] };
  const totals = { temp: 0 };
  const before = rowLaunch(
    arrays,
    rows,
    block,
    { key: `${key} before`, bytes: (shared) => scanTotalsModule(dtype, scan, shared) },
    totals,
  );
  const blocks = Math.ceil(rows.n / block);
  return {
    temps: [rows.outer * blocks * width],
    launches: [
      part("totals", totals),
      { ...before, units: rows.outer, unitCost: 10 + 3 * blocks },
      part("rest", totals),
    ],
  };
};

/** Linear recurrences: inputs a and b, output s[k] = a[k] s[k - 1] + b[k]. */
export const linearCpu: CpuRoutine = ([a, b], [s], attr) => {
  const { dtype } = s;
  if (dtype !== "f32" && dtype !== "f64") return null;
  const along = attr as AlongAttr;
  const rows = rowsOf(s.shape, along.axis);
  const { width } = scanFormat(dtype);
  const arrays = {
    x: pointer("input", 1, b, width),
    y: pointer("output", 0, s, width),
    a: pointer("input", 0, a, width),
  };
  const key = `linearRecurrence ${dtype}`;
  const launch =
    rows.inner > 1
      ? columnLaunch(dtype, arrays, rows, along, {
          key: `${key} columns`,
          bytes: (shared) => linearColumnsModule(dtype, shared),
        })
      : rowLaunch(
          arrays,
          rows,
          Math.max(1, rows.n),
          { key: `${key} ${along.reverse}`, bytes: (shared) => linearRowsModule(dtype, along.reverse, shared) },
          0,
        );
  return { temps: [], launches: [launch] };
};

/** Places of running extremes: input x, output i32 of the same shape. */
export const extremeCpu: CpuRoutine = ([x], [y], attr) => {
  const { dtype } = x;
  if (!isScanType(dtype)) return null;
  const extreme = attr as ExtremeAttr;
  const { outer, n, inner } = rowsOf(y.shape, extreme.axis);
  const { width } = scanFormat(dtype);
  const sign = extreme.reverse ? -1 : 1;
  const last = extreme.reverse ? n - 1 : 0;
  const words: Record<(typeof EXTREME_WORDS)[number], Word> = {
    x: pointer("input", 0, x, width),
    y: pointer("output", 0, y, 4),
    n,
    inner,
    outer: n * inner * width,
    yOuter: n * inner * 4,
    row: sign * inner * width,
    yRow: sign * inner * 4,
    first: last * inner * width,
    yFirst: last * inner * 4,
    index: last,
    step: sign,
  };
  return {
    temps: [],
    launches: [
      {
        key: `extreme ${dtype} ${extreme.kind}`,
        bytes: (shared) => extremeModule(dtype, extreme, shared),
        words: EXTREME_WORDS.map((name) => words[name]),
        units: outer * inner,
        unitCost: 10 + 2 * n,
        scratch: 0,
      },
    ],
  };
};
