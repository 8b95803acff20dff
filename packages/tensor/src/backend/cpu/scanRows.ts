/** Running reductions and linear recurrences along rows that are contiguous in memory. */
import { identityOf, type ScanAttr } from "../../scan/layout.ts";
import { wasmModule, type FunctionBuilder, type Local } from "./asm.ts";
import { loadWords } from "./gemmWords.ts";
import {
  CHAINS,
  combineOp,
  repeat,
  scanFormat,
  splatOf,
  transposed,
  type ScanFormat,
  type ScanType,
} from "./scanKernel.ts";
import { forUp } from "./loops.ts";

/**
 * Parameter words. A chain is a block of a row; `totals` has one element per chain: what a first launch combines them to, then
 * what comes before them.
 */
// prettier-ignore
export const ROW_WORDS = ["x", "y", "a", "totals", "n", "block", "blocks", "chains"] as const;

/** Bytes of scratch. */
export const ROW_SCRATCH = 64;

/** The state of a scan, one lane per chain, and what one step does with it. */
interface Recurrence {
  /** Number of input arrays. */
  readonly inputs: number;
  /** Appends one step from the inputs of a position and returns the result; `state` is updated. */
  step(inputs: readonly Local[], state: Local, offset: Local): Local;
}

/** Addresses of the chains of a group. */
interface Group {
  /** Per input array and chain. */
  readonly from: readonly (readonly Local[])[];
  readonly to: readonly Local[];
  readonly totals: readonly Local[];
  readonly lengths: readonly Local[];
}

/** Emits the walk along a group of chains. */
function emitGroup(
  f: FunctionBuilder,
  format: ScanFormat,
  recurrence: Recurrence,
  group: Group,
  how: { readonly reverse: boolean; readonly stores: boolean },
  states: readonly Local[],
  offsets: readonly Local[],
  scratch: Local,
): void {
  const { lanes, width } = format;
  const { from, to, lengths } = group;
  const [common, left, count] = f.locals("i32", 3);
  f.get(lengths[0]).set(common);
  for (const length of lengths.slice(1)) f.get(common, length).get(common, length).op("i32.lt_s", "select").set(common);
  f.get(common).i32Const(-lanes).op("i32.and").set(common);
  const arrays = [...from, to];
  const move = (address: Local, by: Local, sign: 1 | -1): void => {
    f.get(address, by)
      .i32Const(width)
      .op("i32.mul", sign === 1 ? "i32.add" : "i32.sub")
      .set(address);
  };
  // Backwards, addresses are those after the elements still to come.
  if (how.reverse) arrays.forEach((chains) => chains.forEach((address, i) => move(address, lengths[i], 1)));
  const before = how.reverse ? -lanes * width : 0;

  f.get(common).i32Const(lanes).op("i32.div_u").set(count);
  repeat(f, count, () => {
    states.forEach((state, v) => {
      const chains = Array.from({ length: lanes }, (_, i) => v * lanes + i);
      const columns = from.map((array) =>
        transposed(
          f,
          format,
          chains.map((chain) => {
            const row = f.local("v128");
            f.get(array[chain]);
            if (before !== 0) f.i32Const(before).op("i32.add");
            f.mem("v128.load").set(row);
            return row;
          }),
        ),
      );
      const results = new Array<Local>(lanes);
      for (let i = 0; i < lanes; i++) {
        const at = how.reverse ? lanes - 1 - i : i;
        results[at] = recurrence.step(
          columns.map((column) => column[at]),
          state,
          offsets[v],
        );
      }
      if (!how.stores) return;
      transposed(f, format, results).forEach((row, i) => {
        f.get(to[chains[i]]);
        if (before !== 0) f.i32Const(before).op("i32.add");
        f.get(row).mem("v128.store");
      });
    });
    for (const chains of arrays)
      for (const address of chains) f.increment(address, how.reverse ? -lanes * width : lanes * width);
  });

  // What is left of each chain, one element at a time.
  states.forEach((state, v) => f.get(scratch, state).mem("v128.store", 16 * v));
  const [state, offset] = f.locals("v128", 2);
  lengths.forEach((length, chain) => {
    const lane = (chain % lanes) * width;
    f.get(scratch)
      .mem(format.splat, 16 * Math.floor(chain / lanes) + lane)
      .set(state);
    f.get(offsets[Math.floor(chain / lanes)]).set(offset);
    f.get(scratch, offset).mem("v128.store", 32);
    f.get(scratch)
      .mem(format.splat, 32 + lane)
      .set(offset);
    f.get(length, common).op("i32.sub").set(left);
    const back = how.reverse ? -width : 0;
    repeat(f, left, () => {
      const inputs = from.map((array) => {
        const value = f.local("v128");
        f.get(array[chain]);
        if (back !== 0) f.i32Const(back).op("i32.add");
        f.mem(format.zero).set(value);
        return value;
      });
      const result = recurrence.step(inputs, state, offset);
      if (how.stores) {
        f.get(to[chain]);
        if (back !== 0) f.i32Const(back).op("i32.add");
        f.get(result).memLane(format.storeLane, 0);
      }
      for (const chains of arrays) f.increment(chains[chain], how.reverse ? -width : width);
    });
    if (!how.stores) f.get(group.totals[chain], state).memLane(format.storeLane, 0);
  });
}

/** What a launch over chains does. */
export type RowPart = "whole" | "totals" | "rest";

/**
 * Emits a module over groups of chains. `whole`: rows of one block each; `totals`: only what blocks combine to; `rest`: the
 * results, starting from what comes before each block.
 */
function groupModule(
  dtype: ScanType,
  part: RowPart,
  reverse: boolean,
  shared: boolean,
  identity: { readonly state: number; readonly offset: number },
  make: (f: FunctionBuilder) => Recurrence,
): Uint8Array {
  const format = scanFormat(dtype);
  const { lanes, width } = format;
  const m = wasmModule({ shared });
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi, scratch] = f.params;
    const w = loadWords(f, pp, ROW_WORDS);
    const [unit, chain, last, row, number, place] = f.locals("i32", 6);
    const recurrence = make(f);
    const group: Group = {
      from: Array.from({ length: recurrence.inputs }, () => f.locals("i32", CHAINS)),
      to: f.locals("i32", CHAINS),
      totals: f.locals("i32", CHAINS),
      lengths: f.locals("i32", CHAINS),
    };
    const states = f.locals("v128", CHAINS / lanes);
    const offsets = f.locals("v128", CHAINS / lanes);
    f.get(w.chains).i32Const(1).op("i32.sub").set(last);
    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      for (let i = 0; i < CHAINS; i++) {
        // What is missing in the last group repeats the last chain.
        f.get(unit).i32Const(CHAINS).op("i32.mul").i32Const(i).op("i32.add").set(chain);
        f.get(chain, last).get(chain, last).op("i32.lt_s", "select").set(chain);
        f.get(chain, w.blocks).op("i32.div_u").set(row);
        f.get(chain).get(row, w.blocks).op("i32.mul", "i32.sub").get(w.block).op("i32.mul").set(number);
        f.get(w.block);
        f.get(w.n, number).op("i32.sub");
        f.get(w.block).get(w.n, number).op("i32.sub", "i32.lt_s", "select").set(group.lengths[i]);
        f.get(row, w.n).op("i32.mul").get(number).op("i32.add").i32Const(width).op("i32.mul").set(place);
        group.from.forEach((array, k) => f.sum(array[i], k === 0 ? w.x : w.a, place));
        f.sum(group.to[i], w.y, place);
        f.get(w.totals).get(chain).i32Const(width).op("i32.mul", "i32.add").set(group.totals[i]);
      }
      states.forEach((state, v) => {
        f.v128Const(splatOf(dtype, identity.state)).set(state);
        f.v128Const(splatOf(dtype, identity.offset)).set(offsets[v]);
        if (part !== "rest") return;
        for (let i = 0; i < lanes; i++) {
          f.get(group.totals[v * lanes + i], offsets[v]);
          f.memLane(width === 4 ? "v128.load32_lane" : "v128.load64_lane", i).set(offsets[v]);
        }
      });
      emitGroup(f, format, recurrence, group, { reverse, stores: part !== "totals" }, states, offsets, scratch);
    });
  });
  return m.bytes();
}

/** Module of a running reduction over chains. */
export function scanRowsModule(dtype: ScanType, attr: ScanAttr, part: RowPart, shared: boolean): Uint8Array {
  const { kind, exclusive, reverse } = attr;
  const op = combineOp(kind, dtype);
  const identity = identityOf(kind, dtype, exclusive);
  return groupModule(dtype, part, reverse, shared, { state: identity, offset: identity }, (f) => ({
    inputs: 1,
    step([x], state, offset) {
      const result = f.local("v128");
      if (exclusive) f.get(offset, state).op(op).set(result);
      f.get(state, x).op(op).set(state);
      if (!exclusive) f.get(offset, state).op(op).set(result);
      return result;
    },
  }));
}

/** Module of a linear recurrence over whole rows: y = a y + x. */
export function linearRowsModule(dtype: "f32" | "f64", reverse: boolean, shared: boolean): Uint8Array {
  const vector = dtype === "f32" ? "f32x4" : "f64x2";
  return groupModule(dtype, "whole", reverse, shared, { state: 0, offset: 0 }, (f) => ({
    inputs: 2,
    step([x, a], state) {
      f.get(a, state).op(`${vector}.mul`).get(x).op(`${vector}.add`).set(state);
      // The transposed results of several steps live at the same time.
      const result = f.local("v128");
      f.get(state).set(result);
      return result;
    },
  }));
}

/** Module that turns the totals of blocks into what comes before them. A work unit is one row. */
export function scanTotalsModule(dtype: ScanType, attr: ScanAttr, shared: boolean): Uint8Array {
  const { width, zero, storeLane } = scanFormat(dtype);
  const op = combineOp(attr.kind, dtype);
  const m = wasmModule({ shared });
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi] = f.params;
    const w = loadWords(f, pp, ROW_WORDS);
    const [unit, at, left] = f.locals("i32", 3);
    const [before, total] = f.locals("v128", 2);
    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit, w.blocks).op("i32.mul");
      if (attr.reverse) f.get(w.blocks).op("i32.add").i32Const(1).op("i32.sub");
      f.i32Const(width).op("i32.mul").get(w.totals).op("i32.add").set(at);
      f.v128Const(splatOf(dtype, identityOf(attr.kind, dtype, attr.exclusive))).set(before);
      f.get(w.blocks).set(left);
      repeat(f, left, () => {
        f.get(at).mem(zero).set(total);
        f.get(at, before).memLane(storeLane, 0);
        f.get(before, total).op(op).set(before);
        f.increment(at, attr.reverse ? -width : width);
      });
    });
  });
  return m.bytes();
}
