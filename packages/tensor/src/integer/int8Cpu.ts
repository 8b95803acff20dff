/** Launches of the product of bytes on the CPU: both factors are brought into the form of the inner loop, then multiplied. */
import type { CpuLaunch, CpuRoutine, Word } from "../backend/backend.ts";
import { dotKind } from "./dot.ts";
import { COLUMNS, MULTIPLY_WORDS, multiplyModule, widthOf } from "./int8Multiply.ts";
import { PREPARE_WORDS, prepareModule } from "./int8Prepare.ts";
import type { Int8Attr } from "./oracle.ts";

/** Rows and panels of columns of a work unit. */
const BLOCK_ROWS = 96;
const BLOCK_PANELS = 16;

/**
 * Temporaries: A with rows of whole vectors, its row sums, each with what is taken away from the row at the end; B in panels of eight columns, a word of each after the
 * other; for every column what is added once, and what the row sum is multiplied by.
 */
export const int8Cpu: CpuRoutine = ([a, b, zero], [c], attr) => {
  const { k, aSigned, bSigned, aZero } = attr as Int8Attr;
  const kind = dotKind();
  const [m, words] = a.shape;
  const [n] = b.shape;
  const padded = Math.ceil(k / 16) * 16;
  const panels = Math.ceil(n / COLUMNS);
  // The inner loop wants A unsigned where the engine's instruction does, and B signed.
  const unsigned = kind === "unsigned";
  const width = widthOf(kind);
  const flipA = aSigned === unsigned;
  const zeroOfA = flipA ? aZero + (unsigned ? 128 : -128) : aZero;
  const prepare = (part: "rows" | "panels", units: number): CpuLaunch => {
    const rows = part === "rows";
    const operand = rows ? a : b;
    const all: Record<(typeof PREPARE_WORDS)[number], Word> = {
      from: { input: rows ? 0 : 1, bytes: 4 * operand.offset },
      stride: 4 * words,
      to: { temp: rows ? 0 : 2 },
      sums: { temp: rows ? 1 : 3 },
      factors: { temp: 4 },
      zeros: { input: 2, bytes: 4 * zero.offset },
      k,
      padded,
      n,
      flip: Number(rows ? flipA : !bSigned),
      zeroOfA,
    };
    return {
      key: `int8 ${part} ${unsigned} ${width}`,
      bytes: (shared) => prepareModule(part, { unsigned, width }, shared),
      words: PREPARE_WORDS.map((name) => all[name]),
      units,
      unitCost: 50 + padded * (rows ? 0.1 : 3),
      scratch: width === 2 ? 3 * padded + 16 : rows ? 0 : padded + 16,
    };
  };
  const rowBlocks = Math.ceil(m / BLOCK_ROWS);
  const panelBlocks = Math.ceil(panels / BLOCK_PANELS);
  const all: Record<(typeof MULTIPLY_WORDS)[number], Word> = {
    a: { temp: 0 },
    sums: { temp: 1 },
    b: { temp: 2 },
    constants: { temp: 3 },
    factors: { temp: 4 },
    c: { output: 0, bytes: 4 * c.offset },
    m,
    n,
    padded,
    blockRows: BLOCK_ROWS,
    blockPanels: BLOCK_PANELS,
    panels,
    panelBlocks,
  };
  const multiply: CpuLaunch = {
    key: `int8 multiply ${kind}`,
    bytes: (shared) => multiplyModule(kind, shared),
    words: MULTIPLY_WORDS.map((name) => all[name]),
    units: rowBlocks * panelBlocks,
    unitCost:
      100 + (Math.min(m, BLOCK_ROWS) * Math.min(panels, BLOCK_PANELS) * COLUMNS * padded) / (kind === "none" ? 25 : 80),
    scratch: 4 * COLUMNS,
  };
  const columns = panels * COLUMNS;
  return {
    temps: [width * m * padded, 8 * m, width * columns * padded, 4 * columns, 4 * columns],
    launches: [prepare("rows", m), prepare("panels", panels), multiply],
  };
};
