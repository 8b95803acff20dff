/**
 * Loads, stores and positions of accesses, in the form that the class of their stride along the vectorised loop allows:
 * whole vectors for class 1, one element in all lanes for class 0, lane by lane otherwise.
 */
import type { RealDType as DType } from "../../dtype.ts";
import type { Local } from "./asm.ts";
import type { MemoryLaneOp, MemoryOp } from "./opcodes.ts";
import { elementBytes, giveBack, pointer, pushStride, take, type Emission, type VectorState } from "./emitState.ts";

/** Class of an access along the vectorised loop. */
function classOf(s: Emission, access: number): "0" | "1" | "k" {
  return s.kernel.accesses[access].classes[s.vector] ?? "0";
}

/** Bytes from an access's pointer to the copy being written. */
function copyOffset(s: Emission, access: number): number {
  const { classes } = s.kernel.accesses[access];
  let elements = classes[s.spread === 0 ? s.row : s.vector] === "1" ? s.copy * (s.spread || 1) : 0;
  if (classes[s.vector] === "1") elements += s.ahead;
  return elements * elementBytes(s, access);
}

/** Turns bytes in the low lanes into a mask of 32-bit lanes. */
export function expandBytes(s: VectorState): void {
  s.f.v128Const(new Uint8Array(16)).op("i8x16.ne", "i16x8.extend_low_i8x16_s", "i32x4.extend_low_i16x8_s");
}

/** Loads `count` elements of `bytes` bytes into the low lanes; `address(i)` pushes the address of element i. */
export function loadLanes(
  s: VectorState,
  bytes: number,
  count: number,
  offset: number,
  address: (lane: number) => void,
): void {
  const { f } = s;
  // All addresses go on the stack first, so that no lane waits in a local.
  for (let lane = count - 1; lane >= 0; lane--) address(lane);
  if (bytes === 1) f.v128Const(new Uint8Array(16)).memLane("v128.load8_lane", 0, offset);
  else f.mem(`v128.load${bytes * 8}_zero` as MemoryOp, offset);
  for (let lane = 1; lane < count; lane++) f.memLane(`v128.load${bytes * 8}_lane` as MemoryLaneOp, lane, offset);
}

/** Loads `live` consecutive elements of `bytes` bytes from the address on the stack. */
export function loadVector(s: VectorState, bytes: number, live: number, offset: number): void {
  const total = bytes * live;
  if (live === 1 && bytes === 1) s.f.mem("v128.load8_splat", offset);
  else if (total === 16) s.f.mem("v128.load", offset);
  else if (total >= 4) s.f.mem(`v128.load${total * 8}_zero` as MemoryOp, offset);
  else s.f.mem("v128.load16_splat", offset);
}

/** Pushes the distance of lane `lane` from lane 0 added to the address on the stack. */
function addLane(s: Emission, access: number, lane: number): void {
  if (lane === 0 || classOf(s, access) === "0") return;
  pushStride(s, access, s.vector, lane);
  s.f.op("i32.add");
}

/** Pushes lane 0, 1, ... times the stride along the vectorised loop, as integers. */
function pushRamp(s: Emission, access: number): void {
  const { f } = s;
  const step = classOf(s, access) === "1" ? elementBytes(s, access) : 1;
  f.v128Const(Int32Array.of(0, step, 2 * step, 3 * step));
  if (classOf(s, access) !== "k") return;
  pushStride(s, access, s.vector, 1);
  f.op("i32x4.splat", "i32x4.mul");
}

/** Loads elements at computed indices; the index vector is on the stack. */
function emitGather(s: Emission, access: number, uniform: boolean): void {
  const { f } = s;
  const bytes = elementBytes(s, access);
  const base = pointer(s, access);
  const offset = copyOffset(s, access);
  if (uniform) {
    const p = take(s, "i32");
    f.lane("i32x4.extract_lane", 0);
    f.i32Const(bytes).op("i32.mul").get(base).op("i32.add");
    if (offset !== 0) f.i32Const(offset).op("i32.add");
    f.set(p);
    loadAt(s, access, p, 0);
    giveBack(s, "i32", [p]);
    return;
  }
  const addresses = take(s, "v128");
  if (bytes > 1) f.i32Const(Math.log2(bytes)).op("i32x4.shl");
  f.get(base);
  if (offset !== 0) f.i32Const(offset).op("i32.add");
  f.op("i32x4.splat", "i32x4.add");
  if (s.live > 1 && classOf(s, access) !== "0") {
    pushRamp(s, access);
    f.op("i32x4.add");
  }
  f.set(addresses);
  loadLanes(s, bytes, s.live, 0, (lane) => f.get(addresses).lane("i32x4.extract_lane", lane));
  giveBack(s, "v128", [addresses]);
}

/** Loads the elements of an access from a pointer. */
function loadAt(s: Emission, access: number, p: Local, offset: number): void {
  const { f } = s;
  const bytes = elementBytes(s, access);
  const cls = classOf(s, access);
  if (cls === "0") f.get(p).mem(`v128.load${bytes * 8}_splat` as MemoryOp, offset);
  else if (cls === "1" || s.live === 1) {
    f.get(p);
    loadVector(s, bytes, s.live, offset);
  } else {
    loadLanes(s, bytes, s.live, offset, (lane) => {
      f.get(p);
      addLane(s, access, lane);
    });
  }
}

/**
 * Pushes the loaded value of an access.
 * @param index the node of a computed index, whose value is on the stack
 */
export function emitLoad(s: Emission, access: number, index: { readonly varying: boolean } | undefined): void {
  if (index === undefined) loadAt(s, access, pointer(s, access), copyOffset(s, access));
  else emitGather(s, access, !index.varying);
  if (s.kernel.accesses[access].dtype === "bool") expandBytes(s);
}

/**
 * Loads a square of an access that is contiguous along the rows, into one local per row with its lanes along the
 * vectorised loop.
 */
export function loadTransposed(s: Emission, access: number): Local[] {
  const { f, lanes } = s;
  const p = pointer(s, access);
  const load = (lane: number): Local => {
    const v = take(s, "v128");
    f.get(p);
    addLane(s, access, lane);
    f.mem("v128.load").set(v);
    return v;
  };
  const columns = Array.from({ length: lanes }, (_, lane) => load(lane));
  const interleave = (list: readonly Local[], halves: readonly (readonly number[])[]): Local[] => {
    const out: Local[] = [];
    for (let i = 0; i < list.length / 2; i++) {
      const [x, y] =
        lanes === 2 || halves[0][1] === 1 ? [list[i], list[i + list.length / 2]] : [list[2 * i], list[2 * i + 1]];
      for (const pick of halves) {
        const v = take(s, "v128");
        f.get(x, y).shuffle(pick).set(v);
        out.push(v);
      }
    }
    giveBack(s, "v128", list);
    return out;
  };
  if (lanes === 2)
    return interleave(columns, [
      [0, 2],
      [1, 3],
    ]);
  const pairs = interleave(columns, [
    [0, 4, 1, 5],
    [2, 6, 3, 7],
  ]);
  return interleave(pairs, [
    [0, 1, 4, 5],
    [2, 3, 6, 7],
  ]);
}

/** Pushes the value of an `iota` access. */
export function emitIota(s: Emission, access: number): void {
  const { f } = s;
  const offset = copyOffset(s, access);
  f.get(pointer(s, access));
  if (offset !== 0) f.i32Const(offset).op("i32.add");
  f.op("i32x4.splat");
  if (classOf(s, access) === "0" || s.live === 1) return;
  pushRamp(s, access);
  f.op("i32x4.add");
}

/**
 * Stores a value.
 * @param width width of the mask, for bools
 */
export function emitStore(s: Emission, access: number, value: Local, width: number): void {
  const { f } = s;
  const dtype = s.kernel.accesses[access].dtype as DType;
  const bytes = elementBytes(s, access);
  const cls = classOf(s, access);
  const p = pointer(s, access);
  const offset = copyOffset(s, access);
  let scale = 1;
  let v = value;
  if (dtype === "bool") {
    // Masks become bytes of 0 or 255, then of 0 or 1.
    v = take(s, "v128");
    f.get(value, value).op("i16x8.narrow_i32x4_s").tee(v).get(v).op("i8x16.narrow_i16x8_s", "i8x16.neg").set(v);
    if (width === 64) scale = 2;
  }
  const total = bytes * s.live;
  if (cls === "1" && total === 16) f.get(p, v).mem("v128.store", offset);
  else if (cls === "1" && scale === 1) f.get(p, v).memLane(`v128.store${total * 8}_lane` as MemoryLaneOp, 0, offset);
  else {
    // With stride 0 all lanes go to one place and the last one stays.
    for (let lane = cls === "0" ? s.live - 1 : 0; lane < s.live; lane++) {
      f.get(p);
      addLane(s, access, lane);
      f.get(v).memLane(`v128.store${bytes * 8}_lane` as MemoryLaneOp, lane * scale, offset);
    }
  }
  if (v !== value) giveBack(s, "v128", [v]);
}
