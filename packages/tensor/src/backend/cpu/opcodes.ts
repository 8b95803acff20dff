/**
 * WebAssembly opcodes as data: the part of the core instruction set, of fixed-width and relaxed SIMD that kernels use.
 * Each row has the first code in hexadecimal, the type prefix (`-` for none) and names, which take consecutive codes; the name `-`
 * skips one.
 * Instructions of vectors, whose type prefixes have four letters or more, have a prefix byte besides, which a code carries in
 * bits 16 and up: 0xfd0084 is prefix 0xfd, sub-opcode 0x84.
 *
 * Source: WebAssembly Core Specification 3.0, section 5.4 (instructions), and the threads proposal.
 */

/** Instructions without immediate operands. */
const PLAIN = [
  "0 - unreachable",
  "f - return",
  "1a - drop select",
  "45 i32 eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u",
  "50 i64 eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u",
  "5b f32 eq ne lt gt le ge",
  "61 f64 eq ne lt gt le ge",
  "67 i32 clz - - add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u",
  "7c i64 add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u",
  "8b f32 abs neg ceil floor trunc nearest sqrt add sub mul div min max",
  "99 f64 abs neg ceil floor trunc nearest sqrt add sub mul div min max",
  "a7 i32 wrap_i64",
  "ac i64 extend_i32_s extend_i32_u",
  "e i8x16 swizzle",
  "11 i32x4 splat",
  "12 i64x2 splat",
  "13 f32x4 splat",
  "14 f64x2 splat",
  "24 i8x16 ne",
  "37 i32x4 eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u",
  "41 f32x4 eq ne lt gt le ge",
  "47 f64x2 eq ne lt gt le ge",
  "4d v128 not and andnot or xor bitselect any_true",
  "5e f32x4 demote_f64x2_zero",
  "5f f64x2 promote_low_f32x4",
  "61 i8x16 neg",
  "65 i8x16 narrow_i16x8_s",
  "67 f32x4 ceil floor trunc nearest",
  "74 f64x2 ceil floor",
  "7a f64x2 trunc",
  "85 i16x8 narrow_i32x4_s",
  "87 i16x8 extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u - - - add",
  "94 f64x2 nearest",
  "a0 i32x4 abs neg - - bitmask",
  "a7 i32x4 extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u",
  "ab i32x4 shl shr_s shr_u add - - sub - - - mul min_s min_u max_s max_u dot_i16x8_s",
  "c0 i64x2 abs neg - - bitmask",
  "c7 i64x2 extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u",
  "cb i64x2 shl shr_s shr_u add - - sub - - - mul eq ne lt_s gt_s le_s ge_s",
  "dc i64x2 extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u",
  "e0 f32x4 abs neg - sqrt add sub mul div min max pmin pmax",
  "ec f64x2 abs neg - sqrt add sub mul div min max pmin pmax",
  "f8 i32x4 trunc_sat_f32x4_s trunc_sat_f32x4_u",
  "fa f32x4 convert_i32x4_s convert_i32x4_u",
  "fc i32x4 trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero",
  "fe f64x2 convert_low_i32x4_s convert_low_i32x4_u",
  "105 f32x4 relaxed_madd",
  "107 f64x2 relaxed_madd",
  "113 i32x4 relaxed_dot_i8x16_i7x16_add_s",
] as const;

/** Loads and stores: the immediate is a memory argument. */
const MEMORY = [
  "28 i32 load",
  "29 i64 load",
  "2a f32 load",
  "2b f64 load",
  "2c i32 load8_s load8_u",
  "36 i32 store",
  "37 i64 store",
  "38 f32 store",
  "39 f64 store",
  "3a i32 store8",
  "0 v128 load load8x8_s load8x8_u load16x4_s load16x4_u",
  "7 v128 load8_splat load16_splat load32_splat load64_splat store",
  "5c v128 load32_zero load64_zero",
] as const;

/** Instructions on one lane: the immediate is the lane number. */
const LANE = [
  "1b i32x4 extract_lane replace_lane",
  "1d i64x2 extract_lane replace_lane",
  "1f f32x4 extract_lane replace_lane",
  "21 f64x2 extract_lane replace_lane",
] as const;

/** Loads and stores of one lane: a memory argument, then the lane number. */
const MEMORY_LANE = [
  "54 v128 load8_lane load16_lane load32_lane load64_lane",
  "58 v128 store8_lane store16_lane store32_lane store64_lane",
] as const;

type Split<S extends string, Seen = never> = S extends `${infer Head} ${infer Rest}`
  ? Split<Rest, Seen | Head>
  : Seen | S;
type NamesOf<Row extends string> = Row extends `${string} ${infer Prefix} ${infer Names}`
  ? Prefix extends "-"
    ? Split<Names>
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
  for (const row of [...PLAIN, ...MEMORY, ...LANE, ...MEMORY_LANE]) {
    const [first, prefix, ...names] = row.split(" ");
    const code = Number(`0x${first}`) + (prefix.length > 3 ? 0xfd0000 : 0);
    names.forEach((name, i) => name !== "-" && built.set(prefix === "-" ? name : `${prefix}.${name}`, code + i));
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
