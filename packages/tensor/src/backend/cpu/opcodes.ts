/**
 * WebAssembly opcodes as data: the core instruction set, fixed-width SIMD, relaxed SIMD and threads.
 * Each row is `[first code, type prefix, names]`; the names take consecutive codes and `-` skips one.
 * A code carries its prefix byte in bits 16 and up: 0xfd0084 is prefix 0xfd, sub-opcode 0x84.
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
  [0x67, "i32", "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr"],
  [0x79, "i64", "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr"],
  [0x8b, "f32", "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign"],
  [0x99, "f64", "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign"],
  [0xa7, "i32", "wrap_i64 trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u"],
  [0xac, "i64", "extend_i32_s extend_i32_u trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u"],
  [0xb2, "f32", "convert_i32_s convert_i32_u convert_i64_s convert_i64_u demote_f64"],
  [0xb7, "f64", "convert_i32_s convert_i32_u convert_i64_s convert_i64_u promote_f32"],
  [0xbc, "i32", "reinterpret_f32"],
  [0xbd, "i64", "reinterpret_f64"],
  [0xbe, "f32", "reinterpret_i32"],
  [0xbf, "f64", "reinterpret_i64"],
  [0xc0, "i32", "extend8_s extend16_s"],
  [0xc2, "i64", "extend8_s extend16_s extend32_s"],
  [0xfc0000, "i32", "trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u"],
  [0xfc0004, "i64", "trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u"],
  [0xfd000e, "i8x16", "swizzle splat"],
  [0xfd0010, "i16x8", "splat"],
  [0xfd0011, "i32x4", "splat"],
  [0xfd0012, "i64x2", "splat"],
  [0xfd0013, "f32x4", "splat"],
  [0xfd0014, "f64x2", "splat"],
  [0xfd0023, "i8x16", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"],
  [0xfd002d, "i16x8", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"],
  [0xfd0037, "i32x4", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"],
  [0xfd0041, "f32x4", "eq ne lt gt le ge"],
  [0xfd0047, "f64x2", "eq ne lt gt le ge"],
  [0xfd004d, "v128", "not and andnot or xor bitselect any_true"],
  [0xfd005e, "f32x4", "demote_f64x2_zero"],
  [0xfd005f, "f64x2", "promote_low_f32x4"],
  [0xfd0060, "i8x16", "abs neg popcnt all_true bitmask narrow_i16x8_s narrow_i16x8_u"],
  [0xfd0067, "f32x4", "ceil floor trunc nearest"],
  [0xfd006b, "i8x16", "shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u"],
  [0xfd0074, "f64x2", "ceil floor"],
  [0xfd0076, "i8x16", "min_s min_u max_s max_u"],
  [0xfd007a, "f64x2", "trunc"],
  [0xfd007b, "i8x16", "avgr_u"],
  [0xfd007c, "i16x8", "extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u"],
  [0xfd007e, "i32x4", "extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u"],
  [0xfd0080, "i16x8", "abs neg q15mulr_sat_s all_true bitmask narrow_i32x4_s narrow_i32x4_u"],
  [0xfd0087, "i16x8", "extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u"],
  [0xfd008b, "i16x8", "shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u"],
  [0xfd0094, "f64x2", "nearest"],
  [0xfd0095, "i16x8", "mul min_s min_u max_s max_u - avgr_u"],
  [0xfd009c, "i16x8", "extmul_low_i8x16_s extmul_high_i8x16_s extmul_low_i8x16_u extmul_high_i8x16_u"],
  [0xfd00a0, "i32x4", "abs neg - all_true bitmask"],
  [0xfd00a7, "i32x4", "extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u"],
  [0xfd00ab, "i32x4", "shl shr_s shr_u add - - sub - - - mul min_s min_u max_s max_u dot_i16x8_s"],
  [0xfd00bc, "i32x4", "extmul_low_i16x8_s extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u"],
  [0xfd00c0, "i64x2", "abs neg - all_true bitmask"],
  [0xfd00c7, "i64x2", "extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u"],
  [0xfd00cb, "i64x2", "shl shr_s shr_u add - - sub - - - mul eq ne lt_s gt_s le_s ge_s"],
  [0xfd00dc, "i64x2", "extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u"],
  [0xfd00e0, "f32x4", "abs neg - sqrt add sub mul div min max pmin pmax"],
  [0xfd00ec, "f64x2", "abs neg - sqrt add sub mul div min max pmin pmax"],
  [0xfd00f8, "i32x4", "trunc_sat_f32x4_s trunc_sat_f32x4_u"],
  [0xfd00fa, "f32x4", "convert_i32x4_s convert_i32x4_u"],
  [0xfd00fc, "i32x4", "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero"],
  [0xfd00fe, "f64x2", "convert_low_i32x4_s convert_low_i32x4_u"],
  [0xfd0100, "i8x16", "relaxed_swizzle"],
  [0xfd0101, "i32x4", "relaxed_trunc_f32x4_s relaxed_trunc_f32x4_u"],
  [0xfd0103, "i32x4", "relaxed_trunc_f64x2_s_zero relaxed_trunc_f64x2_u_zero"],
  [0xfd0105, "f32x4", "relaxed_madd relaxed_nmadd"],
  [0xfd0107, "f64x2", "relaxed_madd relaxed_nmadd"],
  [0xfd0109, "i8x16", "relaxed_laneselect"],
  [0xfd010a, "i16x8", "relaxed_laneselect"],
  [0xfd010b, "i32x4", "relaxed_laneselect"],
  [0xfd010c, "i64x2", "relaxed_laneselect"],
  [0xfd010d, "f32x4", "relaxed_min relaxed_max"],
  [0xfd010f, "f64x2", "relaxed_min relaxed_max"],
  [0xfd0111, "i16x8", "relaxed_q15mulr_s relaxed_dot_i8x16_i7x16_s"],
  [0xfd0113, "i32x4", "relaxed_dot_i8x16_i7x16_add_s"],
] as const;

/** Loads, stores and atomics: the immediate is a memory argument. The digit after `:` is log2 of the natural alignment. */
const MEMORY = [
  [0x28, "i32", "load:2"],
  [0x29, "i64", "load:3"],
  [0x2a, "f32", "load:2"],
  [0x2b, "f64", "load:3"],
  [0x2c, "i32", "load8_s:0 load8_u:0 load16_s:1 load16_u:1"],
  [0x30, "i64", "load8_s:0 load8_u:0 load16_s:1 load16_u:1 load32_s:2 load32_u:2"],
  [0x36, "i32", "store:2"],
  [0x37, "i64", "store:3"],
  [0x38, "f32", "store:2"],
  [0x39, "f64", "store:3"],
  [0x3a, "i32", "store8:0 store16:1"],
  [0x3c, "i64", "store8:0 store16:1 store32:2"],
  [0xfd0000, "v128", "load:4 load8x8_s:3 load8x8_u:3 load16x4_s:3 load16x4_u:3 load32x2_s:3 load32x2_u:3"],
  [0xfd0007, "v128", "load8_splat:0 load16_splat:1 load32_splat:2 load64_splat:3 store:4"],
  [0xfd005c, "v128", "load32_zero:2 load64_zero:3"],
  [0xfe0000, "memory.atomic", "notify:2 wait32:2 wait64:3"],
  [0xfe0010, "i32.atomic", "load:2"],
  [0xfe0011, "i64.atomic", "load:3"],
  [0xfe0017, "i32.atomic", "store:2"],
  [0xfe0018, "i64.atomic", "store:3"],
  [0xfe001e, "i32.atomic", "rmw.add:2"],
  [0xfe001f, "i64.atomic", "rmw.add:3"],
  [0xfe0025, "i32.atomic", "rmw.sub:2"],
  [0xfe002c, "i32.atomic", "rmw.and:2"],
  [0xfe0033, "i32.atomic", "rmw.or:2"],
  [0xfe003a, "i32.atomic", "rmw.xor:2"],
  [0xfe0041, "i32.atomic", "rmw.xchg:2"],
  [0xfe0048, "i32.atomic", "rmw.cmpxchg:2"],
  [0xfe0049, "i64.atomic", "rmw.cmpxchg:3"],
] as const;

/** Instructions on one lane: the immediate is the lane number. */
const LANE = [
  [0xfd0015, "i8x16", "extract_lane_s extract_lane_u replace_lane"],
  [0xfd0018, "i16x8", "extract_lane_s extract_lane_u replace_lane"],
  [0xfd001b, "i32x4", "extract_lane replace_lane"],
  [0xfd001d, "i64x2", "extract_lane replace_lane"],
  [0xfd001f, "f32x4", "extract_lane replace_lane"],
  [0xfd0021, "f64x2", "extract_lane replace_lane"],
] as const;

/** Loads and stores of one lane: a memory argument, then the lane number. */
const MEMORY_LANE = [
  [0xfd0054, "v128", "load8_lane:0 load16_lane:1 load32_lane:2 load64_lane:3"],
  [0xfd0058, "v128", "store8_lane:0 store16_lane:1 store32_lane:2 store64_lane:3"],
] as const;

type Row = readonly [number, string, string];
type Split<S extends string, Seen = never> = S extends `${infer Head} ${infer Rest}`
  ? Split<Rest, Seen | Head>
  : Seen | S;
type Bare<S extends string> = S extends `${infer Name}:${string}` ? Name : S;
type NamesOf<R extends Row> = R extends readonly [number, infer Prefix extends string, infer Names extends string]
  ? Prefix extends ""
    ? Exclude<Split<Names>, "-">
    : `${Prefix}.${Bare<Exclude<Split<Names>, "-">>}`
  : never;

/** Name of an instruction without immediates, e.g. `"i32.add"` or `"f32x4.relaxed_madd"`. */
export type PlainOp = NamesOf<(typeof PLAIN)[number]>;
/** Name of a load, store or atomic instruction, e.g. `"v128.load"`. */
export type MemoryOp = NamesOf<(typeof MEMORY)[number]>;
/** Name of an instruction on one lane of a vector, e.g. `"f32x4.extract_lane"`. */
export type LaneOp = NamesOf<(typeof LANE)[number]>;
/** Name of a load or store of one lane, e.g. `"v128.load32_lane"`. */
export type MemoryLaneOp = NamesOf<(typeof MEMORY_LANE)[number]>;
/** Name of any instruction in the tables. */
export type OpName = PlainOp | MemoryOp | LaneOp | MemoryLaneOp;

/** Code of an instruction and log2 of its natural alignment (0 where it touches no memory). */
export interface OpInfo {
  readonly code: number;
  readonly align: number;
}

let table: Map<string, OpInfo> | undefined;

function buildTable(): Map<string, OpInfo> {
  const built = new Map<string, OpInfo>();
  const rows: readonly Row[] = [...PLAIN, ...MEMORY, ...LANE, ...MEMORY_LANE];
  for (const [first, prefix, names] of rows) {
    names.split(" ").forEach((entry, i) => {
      const [name, align] = entry.split(":");
      if (name !== "-")
        built.set(prefix === "" ? name : `${prefix}.${name}`, { code: first + i, align: Number(align ?? 0) });
    });
  }
  return built;
}

/** Looks an instruction up; the table is built on first use so that importing this module does nothing. */
export function opInfo(name: OpName): OpInfo {
  return (table ??= buildTable()).get(name)!;
}

/** Every instruction name in the tables, in code order within each table. */
export function opNames(): readonly OpName[] {
  return [...(table ??= buildTable()).keys()] as OpName[];
}
