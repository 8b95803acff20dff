/** Loads and stores of programs: whole vectors where neighbouring units use neighbouring elements, else lane by lane. */
import { dtypeInfo } from "../../dtype.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Local } from "./asm.ts";
import { expandBytes, loadLanes, loadVector } from "./emitLoad.ts";
import { giveBack, take } from "./emitState.ts";
import type { MemoryLaneOp, MemoryOp } from "./opcodes.ts";
import type { SpmdState } from "./spmdState.ts";
import type { Values } from "./spmdValues.ts";

function bytesOf(s: SpmdState, buffer: number): number {
  return dtypeInfo(s.program.buffers[buffer].dtype).bytes;
}

/** Pushes the address of the element whose index is on the stack. */
function pushAddress(s: SpmdState, buffer: number): void {
  const bytes = bytesOf(s, buffer);
  if (bytes > 1) s.f.i32Const(Math.log2(bytes)).op("i32.shl");
  s.f.get(s.bases[buffer]).op("i32.add");
}

/** Pushes the addresses of the elements in all lanes; lanes that are masked out get that of element 0. */
function pushAddresses(s: SpmdState, v: Values, buffer: number, index: Expr): void {
  const bytes = bytesOf(s, buffer);
  v.vector(index);
  if (s.mask !== undefined) s.f.get(s.mask).op("v128.and");
  if (bytes > 1) s.f.i32Const(Math.log2(bytes)).op("i32x4.shl");
  s.f.get(s.spreadBases[buffer]).op("i32x4.add");
}

/** Pushes whether all lanes take part. */
function pushAll(s: SpmdState, mask: Local): void {
  s.f
    .get(mask)
    .op("i32x4.bitmask")
    .i32Const((1 << s.lanes) - 1)
    .op("i32.eq");
}

/**
 * Pushes the elements at `index`: as one integer for an integer or bool at one place, else as a vector (bools as masks).
 */
export function emitProgramLoad(s: SpmdState, v: Values, buffer: number, index: Expr): void {
  const { f } = s;
  const { dtype } = s.program.buffers[buffer];
  const bytes = bytesOf(s, buffer);
  const stride = s.analysis.stride(index);
  if (stride === 0) {
    v.scalar(index);
    pushAddress(s, buffer);
    if (dtype === "bool") f.mem("i32.load8_u").i32Const(0).op("i32.ne");
    else if (dtype === "i32" || dtype === "u32") f.mem("i32.load");
    else f.mem(`v128.load${bytes * 8}_splat` as MemoryOp);
    return;
  }
  const gather = (): void => {
    const addresses = take(s, "v128");
    pushAddresses(s, v, buffer, index);
    f.set(addresses);
    loadLanes(s, bytes, s.lanes, 0, (lane) => f.get(addresses).lane("i32x4.extract_lane", lane));
    giveBack(s, "v128", [addresses]);
  };
  const whole = (): void => {
    pushAddress(s, buffer);
    loadVector(s, bytes, s.lanes, 0);
  };
  if (stride !== 1) gather();
  else if (s.mask === undefined) {
    v.scalar(index);
    whole();
  } else {
    // Both forms of the index are made outside of the branches, so that each may use it.
    const at = take(s, "i32");
    v.scalar(index);
    f.set(at);
    v.vector(index);
    f.op("drop");
    pushAll(s, s.mask);
    f.if(
      () => {
        f.get(at);
        whole();
      },
      gather,
      "v128",
    );
    giveBack(s, "i32", [at]);
  }
  if (dtype === "bool") expandBytes(s);
}

/** Turns the mask in a local into bytes of 0 and 1 in the low lanes. */
function narrow(s: SpmdState, value: Local): void {
  const { f } = s;
  f.get(value, value).op("i16x8.narrow_i32x4_s").set(value);
  f.get(value, value).op("i8x16.narrow_i16x8_s", "i8x16.neg").set(value);
}

/** Stores the vector on the stack at the address in `at`. */
function storeWhole(s: SpmdState, bytes: number, at: Local, value: Local): void {
  const total = bytes * s.lanes;
  s.f.get(at, value);
  if (total === 16) s.f.mem("v128.store");
  else s.f.memLane(`v128.store${total * 8}_lane` as MemoryLaneOp, 0);
}

/** Stores a value at `index`, in the lanes that take part. */
export function emitProgramStore(s: SpmdState, v: Values, buffer: number, index: Expr, value: Expr): void {
  const { f, mask } = s;
  const { dtype } = s.program.buffers[buffer];
  const bytes = bytesOf(s, buffer);
  const stride = s.analysis.stride(index);
  const lanes = take(s, "v128");
  v.vector(value);
  f.set(lanes);
  if (dtype === "bool") narrow(s, lanes);
  const storeLane = (lane: number): void => {
    f.get(lanes).memLane(`v128.store${bytes * 8}_lane` as MemoryLaneOp, lane);
  };
  const at = take(s, "i32");
  if (stride === 0 || stride === 1) {
    v.scalar(index);
    pushAddress(s, buffer);
    f.set(at);
  }
  const each = (address: (lane: number) => void): void => {
    const bits = take(s, "i32");
    if (mask !== undefined) f.get(mask).op("i32x4.bitmask").set(bits);
    for (let lane = 0; lane < s.live; lane++) {
      const write = (): void => {
        address(lane);
        storeLane(lane);
      };
      if (mask === undefined) write();
      else
        f.get(bits)
          .i32Const(1 << lane)
          .op("i32.and")
          .if(write);
    }
    giveBack(s, "i32", [bits]);
  };
  if (stride === 0) {
    // All lanes write one place and the last one stays.
    if (mask !== undefined) each(() => f.get(at));
    else {
      f.get(at);
      storeLane(s.live - 1);
    }
  } else if (stride === 1) {
    const separate = (): void =>
      each((lane) =>
        f
          .get(at)
          .i32Const(lane * bytes)
          .op("i32.add"),
      );
    if (mask === undefined) storeWhole(s, bytes, at, lanes);
    else {
      pushAll(s, mask);
      f.if(() => storeWhole(s, bytes, at, lanes), separate);
    }
  } else {
    const addresses = take(s, "v128");
    pushAddresses(s, v, buffer, index);
    f.set(addresses);
    each((lane) => f.get(addresses).lane("i32x4.extract_lane", lane));
    giveBack(s, "v128", [addresses]);
  }
  giveBack(s, "v128", [lanes]);
  giveBack(s, "i32", [at]);
}
