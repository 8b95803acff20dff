/** Launches of the product of bytes on the CPU: both factors are brought into the form of the inner loop, then multiplied. */
import type { CpuLaunch, CpuRoutine, RoutineOperand, Word } from "../backend/backend.ts";
import { dotKind, type DotKind } from "./dot.ts";
import { int8Direct } from "./int8Direct.ts";
import { COLUMNS, MULTIPLY_WORDS, multiplyModule, widthOf } from "./int8Multiply.ts";
import { COLUMN_WORDS, columnsModule, PREPARE_WORDS, prepareModule } from "./int8Prepare.ts";
import type { Int8Attr, PanelsAttr } from "./oracle.ts";

/**
 * Rows of A up to which B is read as it lies, with prepared panels and without: bringing it into their form takes as long
 * as multiplying it by some rows.
 */
const FEW_ROWS = { prepared: 4, raw: 16 };

/** Rows and panels of columns of a work unit. */
const BLOCK_ROWS = 96;
const BLOCK_PANELS = 16;

/** Bytes of a row in the form of the inner loop, before widening. */
function paddedOf(k: number): number {
  return Math.ceil(k / 16) * 16;
}

/** Where an operand of bytes lies, and where its new form and its sums go. */
interface Preparation {
  readonly operand: RoutineOperand;
  readonly input: number;
  readonly to: Word;
  readonly sums: Word;
  readonly k: number;
  readonly flip: boolean;
}

/** The launch that brings the rows of A, or panels of B, into the form of the inner loop. */
function preparing(part: "rows" | "panels", kind: DotKind, given: Preparation): CpuLaunch {
  const { operand, input, to, sums, k, flip } = given;
  const [n, words] = operand.shape;
  const padded = paddedOf(k);
  const rows = part === "rows";
  const [unsigned, width] = [kind === "unsigned", widthOf(kind)];
  const all: Record<(typeof PREPARE_WORDS)[number], Word> = {
    from: { input, bytes: 4 * operand.offset },
    stride: 4 * words,
    to,
    sums,
    k,
    padded,
    n,
    flip: Number(flip),
  };
  return {
    key: `int8 ${part} ${unsigned} ${width}`,
    bytes: (shared) => prepareModule(part, { unsigned, width }, shared),
    words: PREPARE_WORDS.map((name) => all[name]),
    units: rows ? n : Math.ceil(n / COLUMNS),
    unitCost: 50 + padded * (rows ? 0.1 : 2),
    scratch: (width === 2 ? padded : 0) + (rows ? 0 : width * COLUMNS * padded),
  };
}

/** Bytes of the panels of B, and of the two sums of every column behind them. */
export function panelBytes(n: number, k: number, kind: DotKind): { readonly panels: number; readonly sums: number } {
  const columns = Math.ceil(n / COLUMNS) * COLUMNS;
  return { panels: widthOf(kind) * columns * paddedOf(k), sums: 8 * columns };
}

/** Panels of B, to be used again and again: what {@link int8Cpu} takes as its fourth input. */
export const panelsCpu: CpuRoutine = ([b], [to], attr) => {
  const { k, bSigned } = attr as PanelsAttr;
  const kind = dotKind();
  const sums = { output: 0, bytes: 4 * to.offset + panelBytes(b.shape[0], k, kind).panels };
  const place = { output: 0, bytes: 4 * to.offset };
  return {
    temps: [],
    launches: [preparing("panels", kind, { operand: b, input: 0, to: place, sums, k, flip: !bSigned })],
  };
};

/**
 * Temporaries: A with rows of whole vectors, its row sums, each with what is taken away from the row at the end; for every
 * column what is added once, and what the row sum is multiplied by; unless they are given, B in panels of eight columns, a
 * word of each after the other, and the sums of columns.
 */
export const int8Cpu: CpuRoutine = (inputs, outputs, attr, options) => {
  const [a, b, zero] = inputs;
  const [c] = outputs;
  const [m] = a.shape;
  const { k, aSigned, bSigned, aZero, width: made } = attr as Int8Attr;
  const kind = dotKind();
  const [n] = b.shape;
  const padded = paddedOf(k);
  const panels = Math.ceil(n / COLUMNS);
  const width = widthOf(kind);
  const given = made === width ? inputs.at(3) : undefined;
  if (m <= (given === undefined ? FEW_ROWS.raw : FEW_ROWS.prepared)) {
    return int8Direct(inputs, outputs, attr, options);
  }
  // The inner loop wants A unsigned where the engine's instruction does, and B signed.
  const unsigned = kind === "unsigned";
  const flipA = aSigned === unsigned;
  const sizes = panelBytes(n, k, kind);
  const [toPanels, toSums]: Word[] =
    given === undefined
      ? [{ temp: 4 }, { temp: 5 }]
      : [0, sizes.panels].map((bytes) => ({ input: 3, bytes: 4 * given.offset + bytes }));
  const columns: Record<(typeof COLUMN_WORDS)[number], Word> = {
    sums: toSums,
    zeros: { input: 2, bytes: 4 * zero.offset },
    constants: { temp: 2 },
    factors: { temp: 3 },
    k,
    n,
    flip: Number(!bSigned),
    zeroOfA: flipA ? aZero + (unsigned ? 128 : -128) : aZero,
  };
  const rowBlocks = Math.ceil(m / BLOCK_ROWS);
  const panelBlocks = Math.ceil(panels / BLOCK_PANELS);
  const multiply: Record<(typeof MULTIPLY_WORDS)[number], Word> = {
    a: { temp: 0 },
    sums: { temp: 1 },
    b: toPanels,
    constants: { temp: 2 },
    factors: { temp: 3 },
    c: { output: 0, bytes: 4 * c.offset },
    m,
    n,
    padded,
    blockRows: BLOCK_ROWS,
    blockPanels: BLOCK_PANELS,
    panels,
    panelBlocks,
  };
  const launches: CpuLaunch[] = [
    preparing("rows", kind, { operand: a, input: 0, to: { temp: 0 }, sums: { temp: 1 }, k, flip: flipA }),
    {
      key: "int8 columns",
      bytes: columnsModule,
      words: COLUMN_WORDS.map((name) => columns[name]),
      units: panels,
      unitCost: 40,
      scratch: 0,
    },
    {
      key: `int8 multiply ${kind}`,
      bytes: (shared) => multiplyModule(kind, shared),
      words: MULTIPLY_WORDS.map((name) => multiply[name]),
      units: rowBlocks * panelBlocks,
      unitCost:
        100 +
        (Math.min(m, BLOCK_ROWS) * Math.min(panels, BLOCK_PANELS) * COLUMNS * padded) / (kind === "none" ? 25 : 80),
      scratch: 4 * COLUMNS,
    },
  ];
  if (given === undefined) {
    const to = { operand: b, input: 1, to: toPanels, sums: toSums, k, flip: !bSigned };
    launches.unshift(preparing("panels", kind, to));
  }
  const temps = [width * m * padded, 8 * m, 4 * COLUMNS * panels, 4 * COLUMNS * panels];
  return { temps: given === undefined ? [...temps, sizes.panels, sizes.sums] : temps, launches };
};
