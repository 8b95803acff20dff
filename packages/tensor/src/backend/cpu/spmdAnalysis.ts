/**
 * How the values of a program differ between neighbouring units, which share a vector: not at all (stride 0, the value is
 * uniform), by a constant (integers only), or in no known way (null). And which branches and loops need masks.
 */
import type { Expr, Ty } from "../../kernel/expr.ts";
import { visitExprs } from "../../kernel/expr.ts";
import type { Register, Statement } from "../../kernel/program.ts";
import type { StagedProgram } from "../../kernel/programOptimize.ts";

/** Difference of a value from one unit to the next. */
export type Stride = number | null;

/** What was found out about a program. */
export interface Analysis {
  /** The stride of an expression. */
  stride(e: Expr): Stride;
  strideOf(r: Register): Stride;
  /** Whether an expression is computed as one integer for all lanes (that of the first one), not as a vector. */
  isScalar(e: Expr): boolean;
  isScalarRegister(r: Register): boolean;
}

/** Whether a type can be kept as one i32; bools are 0 or 1 then. */
export function isIntegral(ty: Ty): boolean {
  return ty === "i32" || ty === "u32" || ty === "bool";
}

/** A stride that no statement has spoken about yet. */
const OPEN = "open";
type Known = Stride | typeof OPEN;

function meet(a: Known, b: Known): Known {
  if (a === OPEN) return b;
  return b === OPEN || a === b ? a : null;
}

/** The stride of an operation from those of its operands. */
function combine(e: Expr, args: readonly Known[]): Known {
  if (args.includes(OPEN)) return OPEN;
  if (args.every((s) => s === 0)) return 0;
  if ((e.ty !== "i32" && e.ty !== "u32") || args.includes(null)) return null;
  const [a, b] = args as number[];
  let stride: number | null = null;
  switch (e.op) {
    case "add":
      stride = a + b;
      break;
    case "sub":
      stride = a - b;
      break;
    case "neg":
      stride = -a;
      break;
    case "mul": {
      const [x, y] = e.args;
      if (y.op === "const") stride = a * (Number(y.value) | 0);
      else if (x.op === "const") stride = b * (Number(x.value) | 0);
      break;
    }
    case "shl":
      if (e.args[1].op === "const") stride = a * 2 ** (Number(e.args[1].value) & 31);
      break;
    case "convert":
    case "bitcast":
      if (e.args[0].ty === "i32" || e.args[0].ty === "u32") stride = a;
  }
  // Larger ones are of no use and could lose bits.
  return stride !== null && Math.abs(stride) < 2 ** 24 ? stride : null;
}

/**
 * Analyses a program whose last parallel loop is spread over the lanes of a vector.
 * @param unitStride 1, or 0 when only one unit is computed at a time: then everything is uniform
 */
export function analyze(program: StagedProgram, unitStride: 0 | 1): Analysis {
  const { dims, registers } = program;
  const strides: Known[] = registers.map(() => OPEN);
  for (let d = 0; d < dims; d++) strides[d] = d === dims - 1 ? unitStride : 0;
  let memo = new Map<number, Known>();

  const stride = (root: Expr): Known => {
    const known = memo.get(root.id);
    if (known !== undefined) return known;
    visitExprs(
      [root],
      (e) => {
        if (memo.has(e.id)) return;
        let s: Known = 0;
        if (e.op === "acc") s = strides[e.value as number];
        else if (e.args.length > 0)
          s = combine(
            e,
            e.args.map((a) => memo.get(a.id) as Known),
          );
        memo.set(e.id, s);
      },
      (e) => (memo.has(e.id) ? [] : e.args),
    );
    return memo.get(root.id) as Known;
  };

  let changed = true;
  const join = (r: Register, s: Known): void => {
    const next = meet(strides[r], s);
    if (next === strides[r]) return;
    strides[r] = next;
    changed = true;
  };
  /** The masked region in which each variable was made; regions are numbered by the statements that open them. */
  const regionOf = new Map<Register, Statement | null>();
  const isVarying = (e: Expr): boolean => ![0, OPEN].includes(stride(e) as 0 | typeof OPEN);

  /** Whether lanes leave a loop one by one. */
  const someLeave = (alive: Register | undefined): boolean =>
    alive !== undefined && ![0, OPEN].includes(strides[alive] as 0 | typeof OPEN);

  const walk = (block: readonly Statement[], region: Statement | null): void => {
    for (const s of block) {
      switch (s.op) {
        case "let":
          join(s.register, stride(s.value));
          break;
        case "load": {
          const index = stride(s.index);
          join(s.register, index === 0 || index === OPEN ? index : null);
          break;
        }
        case "read":
          join(s.register, strides[s.variable]);
          break;
        case "declare":
          regionOf.set(s.variable, region);
          join(s.variable, stride(s.value));
          break;
        case "assign":
          // Lanes that are masked out keep their value.
          join(s.variable, regionOf.get(s.variable) === region ? stride(s.value) : null);
          break;
        case "if": {
          const inner = isVarying(s.condition) ? s : region;
          walk(s.then, inner);
          walk(s.otherwise, inner);
          break;
        }
        case "for": {
          const varying = isVarying(s.from) || isVarying(s.to);
          if (varying) join(s.index, null);
          else join(s.index, meet(stride(s.from), stride(s.to)));
          walk(s.body, varying || someLeave(s.alive) ? s : region);
          break;
        }
        case "while": {
          const inner = isVarying(s.condition) || someLeave(s.alive) ? s : region;
          walk(s.head, inner);
          walk(s.body, inner);
          break;
        }
        default:
      }
    }
  };
  while (changed) {
    changed = false;
    memo = new Map();
    for (const stage of [program.launch, program.row, program.body]) walk(stage, null);
  }

  const settled = (s: Known): Stride => (s === OPEN ? 0 : s);
  const scalarMemo = new Map<number, boolean>();
  const isScalarRegister = (r: Register): boolean => isIntegral(registers[r]) && settled(strides[r]) !== null;
  const isScalar = (e: Expr): boolean => {
    const known = scalarMemo.get(e.id);
    if (known !== undefined) return known;
    let found: boolean;
    if (e.op === "acc") found = isScalarRegister(e.value as number);
    else found = isIntegral(e.ty) && settled(stride(e)) !== null && e.args.every((a) => isIntegral(a.ty));
    scalarMemo.set(e.id, found);
    return found;
  };
  return {
    stride: (e) => settled(stride(e)),
    strideOf: (r) => settled(strides[r]),
    isScalar,
    isScalarRegister,
  };
}
