/**
 * Expressions of the kernel IR as WGSL statements, with the meaning that `kernel/semantics.ts` gives them.
 *
 * WGSL lets an implementation assume that floats are neither NaN nor infinite, so NaN is always tested by bits. Every
 * other float operation is one WGSL operator or an exact built-in; transcendental built-ins are never used.
 */
import { DTypeError, InternalError } from "../../errors.ts";
import { visitExprs, type Expr, type Ty } from "../../kernel/expr.ts";
import { f32Bits } from "./bits.ts";
import { HELPERS, type Helper } from "./wgslHelpers.ts";

/** How the leaves of an expression are written at the place where it is emitted. */
export interface Leaves {
  /** A float constant. */
  readonly f32: (value: number) => string;
  readonly param: (slot: number) => string;
  /** A value of the load's type; `index` is an i32 expression to be added to the address. */
  readonly load: (access: number, index: string | undefined) => string;
  readonly iota: (access: number) => string;
  readonly acc: (slot: number) => string;
  readonly accOther: (slot: number) => string;
}

/** Throws unless WGSL has the type. */
export function wgslType(ty: Ty): "bool" | "i32" | "u32" | "f32" {
  if (ty === "f64" || ty === "i64") {
    throw new DTypeError(
      `webgpu: kernels have no 64-bit values (got ${ty}, expected bool, i32, u32 or f32). Use f32 or the cpu device.`,
    );
  }
  return ty;
}

/**
 * A constant of the IR as WGSL text, except f32: a float constant in the shader's text would let compilers rewrite the
 * arithmetic around it (x + 0 to x, x / c to x * (1 / c), sums of constants merged), and NaN and infinities are not
 * allowed there. So float constants are read from the parameter block.
 */
export function literal(ty: Ty, value: number, leaves: Pick<Leaves, "f32">): string {
  switch (wgslType(ty)) {
    case "bool":
      return value !== 0 ? "true" : "false";
    case "u32":
      return `${value}u`;
    case "i32":
      return value < 0 ? `i32(${value})` : `${value}i`;
    default:
      return leaves.f32(value);
  }
}

/**
 * Writes statements that compute `roots` to `lines` and returns the WGSL expressions that hold their values.
 * Functions that the statements call are added to `helpers`.
 * @param pinRoots whether the roots themselves take part in further arithmetic
 */
export function emitExprs(
  roots: readonly Expr[],
  leaves: Leaves,
  lines: string[],
  helpers: Set<Helper>,
  pinRoots = false,
): string[] {
  const text = new Map<number, string>();
  const maybeNaN = new Map<number, boolean>();
  const facts = new Map<string, string>();

  // NaN test and rank of a value, computed once per value.
  const fact = (helper: "is_nan" | "rank_f32", e: Expr): string => {
    const key = `${helper} ${e.id}`;
    let name = facts.get(key);
    if (name === undefined) {
      // Not `f32`, which is a type.
      name = `fact${facts.size}`;
      facts.set(key, name);
      lines.push(`let ${name} = ${call(helper, [text.get(e.id) as string], helpers)};`);
    }
    return name;
  };
  const comparison: Comparison = {
    nan: (e) => (maybeNaN.get(e.id) === true ? fact("is_nan", e) : undefined),
    rank: (e) => (e.op === "const" ? literal("i32", rank(e.value as number), leaves) : fact("rank_f32", e)),
  };

  const order: Expr[] = [];
  visitExprs(roots, (e) => order.push(e));
  const pinned = pinnedValues(order, pinRoots ? roots : []);

  for (const e of order) {
    maybeNaN.set(e.id, canBeNaN(e, maybeNaN));
    const x = e.args.map((a) => text.get(a.id) as string);
    const inline = leafText(e, x, leaves);
    if (inline !== undefined) {
      text.set(e.id, inline);
      continue;
    }
    const value = isCompare(e.op) ? compare(e, x, comparison) : operation(e, x, leaves, helpers);
    const name = `v${text.size}`;
    const whole = pinned.has(e.id) ? call("pin", [value], helpers) : value;
    lines.push(`let ${name}: ${wgslType(e.ty)} = ${whole};`);
    text.set(e.id, name);
  }
  return roots.map((r) => text.get(r.id) as string);
}

/** Operations by which compilers that take floats for real numbers would combine the one with the other. */
const COMBINES: Record<string, ReadonlySet<string>> = {
  add: new Set(["add", "sub", "neg", "select"]),
  sub: new Set(["add", "sub", "neg", "select"]),
  mul: new Set(["add", "sub", "mul", "div", "neg", "select"]),
  div: new Set(["add", "sub", "mul", "div", "neg", "select"]),
  sqrt: new Set(["mul", "div", "select"]),
  // x * f32(condition) is not condition ? x : 0 when x is NaN or infinite.
  convert: new Set(["add", "sub", "mul", "div", "select"]),
};

/**
 * The float values that are passed through `pin`. Without it compilers turn (a - b) + b into a, a * b + a * c into
 * a * (b + c), (a / b) * b into a, and a * b + c into one rounding, which breaks splittings and error-free sums. What
 * `pin` returns is the same number, but only the running program knows.
 */
function pinnedValues(order: readonly Expr[], roots: readonly Expr[]): Set<number> {
  const pinned = new Set<number>();
  const pin = (e: Expr, user: string | undefined): void => {
    if (e.ty !== "f32" || !Object.hasOwn(COMBINES, e.op)) return;
    if (user === undefined || COMBINES[e.op].has(user)) pinned.add(e.id);
  };
  for (const e of order) for (const a of e.args) pin(a, e.op);
  for (const root of roots) pin(root, undefined);
  return pinned;
}

/** Constants, parameters and accumulators need no statement of their own. */
function leafText(e: Expr, x: readonly string[], leaves: Leaves): string | undefined {
  const n = e.value as number;
  switch (e.op) {
    case "const":
      return literal(e.ty, n, leaves);
    case "param":
      return leaves.param(n);
    case "acc":
      return leaves.acc(n);
    case "accOther":
      return leaves.accOther(n);
    case "iota":
      return leaves.iota(n);
    case "not":
      return `(${e.ty === "bool" ? "!" : "~"}${x[0]})`;
    default:
      return undefined;
  }
}

function canBeNaN(e: Expr, known: ReadonlyMap<number, boolean>): boolean {
  if (e.ty !== "f32") return false;
  switch (e.op) {
    case "const":
      return Number.isNaN(e.value);
    case "convert":
      return false;
    case "neg":
    case "abs":
    case "floor":
    case "ceil":
    case "trunc":
    case "nearest":
    case "min":
    case "max":
    case "select":
      return e.args.some((a) => known.get(a.id) === true);
    default:
      return true;
  }
}

const COMPARE: Record<string, string> = {
  eq: "==",
  ne: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};

function isCompare(op: string): boolean {
  return Object.hasOwn(COMPARE, op);
}

/** What comparisons of floats are made of. */
interface Comparison {
  /** Name of the flag that tells whether the value is NaN, or undefined when it cannot be. */
  readonly nan: (e: Expr) => string | undefined;
  /** WGSL text of the value's {@link rank}. */
  readonly rank: (e: Expr) => string;
}

/** An i32 in the order of the floats, equal for both zeros: comparing ranks is exact where a GPU flushes subnormals. */
function rank(x: number): number {
  const bits = f32Bits(x);
  return bits >= 0x80000000 ? -(bits & 0x7fffffff) : bits;
}

function compare(e: Expr, x: readonly string[], floats: Comparison): string {
  const [a, b] = e.args;
  const operator = COMPARE[e.op];
  if (a.ty === "bool" && e.op !== "eq" && e.op !== "ne") return `u32(${x[0]}) ${operator} u32(${x[1]})`;
  if (a.ty !== "f32") return `${x[0]} ${operator} ${x[1]}`;
  const ordered =
    a === b ? String(!["ne", "lt", "gt"].includes(e.op)) : `(${floats.rank(a)} ${operator} ${floats.rank(b)})`;
  const flags = [...new Set([floats.nan(a), floats.nan(b)])].filter((f) => f !== undefined);
  if (flags.length === 0) return ordered;
  const unordered = `(${flags.join(" | ")})`;
  return e.op === "ne" ? `${ordered} | ${unordered}` : `${ordered} & !${unordered}`;
}

function call(name: Helper, x: readonly string[], helpers: Set<Helper>): string {
  helpers.add(name);
  for (const needed of HELPERS[name].needs) helpers.add(needed);
  return `${name}(${x.join(", ")})`;
}

function operation(e: Expr, x: readonly string[], leaves: Leaves, helpers: Set<Helper>): string {
  const [a, b] = x;
  const from = e.args.length > 0 ? e.args[0].ty : e.ty;
  switch (e.op) {
    case "load":
      return leaves.load(e.value as number, a);
    case "select":
      return `select(${x[2]}, ${b}, ${a})`;
    case "convert":
      return convert(e.ty, from, a, helpers);
    case "bitcast":
      return `bitcast<${wgslType(e.ty)}>(${a})`;
    case "neg":
      // By bits: a compiler that ignores the sign of zero may turn -x into 0 - x.
      return from === "f32" ? call("neg_f32", x, helpers) : `-${a}`;
    case "abs":
    case "sqrt":
    case "floor":
    case "ceil":
    case "trunc":
      return `${e.op}(${a})`;
    case "nearest":
      return `round(${a})`;
    case "clz":
      return `countLeadingZeros(${a})`;
    case "add":
      return `${a} + ${b}`;
    case "sub":
      return `${a} - ${b}`;
    case "mul":
      return `${a} * ${b}`;
    case "div":
      return `${a} / ${b}`;
    case "and":
      return `${a} & ${b}`;
    case "or":
      return `${a} | ${b}`;
    case "xor":
      return from === "bool" ? `${a} != ${b}` : `${a} ^ ${b}`;
    case "min":
    case "max":
      return from === "f32" ? call(`${e.op}_f32`, x, helpers) : `${e.op}(${a}, ${b})`;
    case "idiv":
    case "irem":
      return divide(e, a, b);
    case "mulhi":
      return call(from === "u32" ? "mulhi_u32" : "mulhi_i32", x, helpers);
    case "shl":
      return `${a} << ${shiftAmount(e, b)}`;
    case "shr":
      return `${a} >> ${shiftAmount(e, b)}`;
    default:
      throw new InternalError(`wgsl: no translation of ${e.op}.`);
  }
}

/** WGSL masks run-time amounts itself but refuses constants of 32 and more. */
function shiftAmount(e: Expr, amount: string): string {
  const by = e.args[1];
  return by.op === "const" ? `${Number(by.value) & 31}u` : `(u32(${amount}) & 31u)`;
}

/** By zero the IR gives 0, WGSL x (quotient) or 0 (remainder); a constant zero is an error in WGSL. */
function divide(e: Expr, a: string, b: string): string {
  const by = e.args[1];
  const operator = e.op === "idiv" ? "/" : "%";
  if (by.op === "const") return by.value === 0 ? `0${e.ty[0]}` : `${a} ${operator} ${b}`;
  return e.op === "irem" ? `${a} % ${b}` : `select(${a} / ${b}, 0${e.ty[0]}, ${b} == 0${e.ty[0]})`;
}

function convert(to: Ty, from: Ty, x: string, helpers: Set<Helper>): string {
  if (from === "f32") {
    if (to === "bool") return `(bitcast<u32>(${x}) & 0x7fffffffu) != 0u`;
    if (to === "i32" || to === "u32") return call(to === "i32" ? "i32_of_f32" : "u32_of_f32", [x], helpers);
  }
  if (to === "bool") return `${x} != 0${from[0]}`;
  if (to === "f32" && from === "u32") return call("f32_of_u32", [x], helpers);
  return `${wgslType(to)}(${x})`;
}
