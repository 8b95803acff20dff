/**
 * WebAssembly opcodes as data: the part of the core instruction set, of fixed-width and relaxed SIMD that kernels use.
 * Each row is `[first code, type prefix, names]`; the names take consecutive codes and `-` skips one.
 * Instructions of vectors, whose type prefixes have four letters or more, have a prefix byte besides, which a code carries in
 * bits 16 and up: 0xfd0084 is prefix 0xfd, sub-opcode 0x84.
 *
 * Source: WebAssembly Core Specification 3.0, section 5.4 (instructions), and the threads proposal.
 */

/** Instructions without immediate operands. */
const PLAIN = [
  [0x00, "", "unreachable nop"],
  [0x0f, "", "return"],
  [0x1a, "", "drop select"],
  [0x45, "i32", "eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"],
  [0x50, "i64", "eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"],
  [0x5b, "f32", "eq ne lt gt le ge"],
  [0x61, "f64", "eq ne lt gt le ge"],
  [0x67, "i32", "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u"],
  [0x79, "i64", "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u"],
  [0x8b, "f32", "abs neg ceil floor trunc nearest sqrt add sub mul div min max"],
  [0x99, "f64", "abs neg ceil floor trunc nearest sqrt add sub mul div min max"],
  [0xa7, "i32", "wrap_i64"],
  [0xac, "i64", "extend_i32_s extend_i32_u"],
  [0x11, "i32x4", "splat"],
  [0x12, "i64x2", "splat"],
  [0x13, "f32x4", "splat"],
  [0x14, "f64x2", "splat"],
  [0x24, "i8x16", "ne"],
  [0x37, "i32x4", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"],
  [0x41, "f32x4", "eq ne lt gt le ge"],
  [0x47, "f64x2", "eq ne lt gt le ge"],
  [0x4d, "v128", "not and andnot or xor bitselect any_true"],
  [0x5e, "f32x4", "demote_f64x2_zero"],
  [0x5f, "f64x2", "promote_low_f32x4"],
  [0x61, "i8x16", "neg"],
  [0x65, "i8x16", "narrow_i16x8_s"],
  [0x67, "f32x4", "ceil floor trunc nearest"],
  [0x74, "f64x2", "ceil floor"],
  [0x7a, "f64x2", "trunc"],
  [0x85, "i16x8", "narrow_i32x4_s"],
  [0x87, "i16x8", "extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u"],
  [0x94, "f64x2", "nearest"],
  [0xa0, "i32x4", "abs neg - all_true bitmask"],
  [0xa7, "i32x4", "extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u"],
  [0xab, "i32x4", "shl shr_s shr_u add - - sub - - - mul min_s min_u max_s max_u dot_i16x8_s"],
  [0xc0, "i64x2", "abs neg - all_true bitmask"],
  [0xc7, "i64x2", "extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u"],
  [0xcb, "i64x2", "shl shr_s shr_u add - - sub - - - mul eq ne lt_s gt_s le_s ge_s"],
  [0xdc, "i64x2", "extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u"],
  [0xe0, "f32x4", "abs neg - sqrt add sub mul div min max pmin pmax"],
  [0xec, "f64x2", "abs neg - sqrt add sub mul div min max pmin pmax"],
  [0xf8, "i32x4", "trunc_sat_f32x4_s trunc_sat_f32x4_u"],
  [0xfa, "f32x4", "convert_i32x4_s convert_i32x4_u"],
  [0xfc, "i32x4", "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero"],
  [0xfe, "f64x2", "convert_low_i32x4_s convert_low_i32x4_u"],
  [0x105, "f32x4", "relaxed_madd relaxed_nmadd"],
  [0x107, "f64x2", "relaxed_madd relaxed_nmadd"],
  [0x113, "i32x4", "relaxed_dot_i8x16_i7x16_add_s"],
] as const;

/** Loads and stores: the immediate is a memory argument. */
const MEMORY = [
  [0x28, "i32", "load"],
  [0x29, "i64", "load"],
  [0x2a, "f32", "load"],
  [0x2b, "f64", "load"],
  [0x2c, "i32", "load8_s load8_u load16_s load16_u"],
  [0x30, "i64", "load8_s load8_u load16_s load16_u load32_s load32_u"],
  [0x36, "i32", "store"],
  [0x37, "i64", "store"],
  [0x38, "f32", "store"],
  [0x39, "f64", "store"],
  [0x3a, "i32", "store8 store16"],
  [0x3c, "i64", "store8 store16 store32"],
  [0x00, "v128", "load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u"],
  [0x07, "v128", "load8_splat load16_splat load32_splat load64_splat store"],
  [0x5c, "v128", "load32_zero load64_zero"],
] as const;

/** Instructions on one lane: the immediate is the lane number. */
const LANE = [
  [0x1b, "i32x4", "extract_lane replace_lane"],
  [0x1d, "i64x2", "extract_lane replace_lane"],
  [0x1f, "f32x4", "extract_lane replace_lane"],
  [0x21, "f64x2", "extract_lane replace_lane"],
] as const;

/** Loads and stores of one lane: a memory argument, then the lane number. */
const MEMORY_LANE = [
  [0x54, "v128", "load8_lane load16_lane load32_lane load64_lane"],
  [0x58, "v128", "store8_lane store16_lane store32_lane store64_lane"],
] as const;

type Row = readonly [number, string, string];
type Split<S extends string, Seen = never> = S extends `${infer Head} ${infer Rest}`
  ? Split<Rest, Seen | Head>
  : Seen | S;
type NamesOf<R extends Row> = R extends readonly [number, infer Prefix extends string, infer Names extends string]
  ? Prefix extends ""
    ? Exclude<Split<Names>, "-">
    : `${Prefix}.${Exclude<Split<Names>, "-">}`
  : never;

/** Name of an instruction without immediates, e.g. `"i32.add"` or `"f32x4.relaxed_madd"`. */
export type PlainOp = NamesOf<(typeof PLAIN)[number]>;
/** Name of a load or store instruction, e.g. `"v128.load"`. */
export type MemoryOp = NamesOf<(typeof MEMORY)[number]>;
/** Name of an instruction on one lane of a vector, e.g. `"f32x4.extract_lane"`. */
export type LaneOp = NamesOf<(typeof LANE)[number]>;
/** Name of a load or store of one lane, e.g. `"v128.load32_lane"`. */
export type MemoryLaneOp = NamesOf<(typeof MEMORY_LANE)[number]>;
/** Name of any instruction in the tables. */
export type OpName = PlainOp | MemoryOp | LaneOp | MemoryLaneOp;

let table: Map<string, number> | undefined;

function buildTable(): Map<string, number> {
  const built = new Map<string, number>();
  const rows: readonly Row[] = [...PLAIN, ...MEMORY, ...LANE, ...MEMORY_LANE];
  for (const [first, prefix, names] of rows) {
    names.split(" ").forEach((name, i) => {
      if (name !== "-") {
        built.set(prefix === "" ? name : `${prefix}.${name}`, first + i + (prefix.length > 3 ? 0xfd0000 : 0));
      }
    });
  }
  return built;
}

/** The code of an instruction; the table is built on first use so that importing this module does nothing. */
export function opcode(name: OpName): number {
  return (table ??= buildTable()).get(name)!;
}

/** Every instruction name in the tables, in code order within each table. */
export function opNames(): readonly OpName[] {
  return [...(table ??= buildTable()).keys()] as OpName[];
}
