/** Checks that a program is well formed: what every back end relies on. */
import { ArgumentError, InternalError } from "../errors.ts";
import { visitExprs, type Expr, type Ty } from "./expr.ts";
import { blocksOf, definedBy, statementExprs, type Program, type Register, type Statement } from "./program.ts";

const LEAVES = ["const", "param", "acc"];
const NOT_ALLOWED = ["load", "iota", "accOther"];

/** Throws an InternalError that names the first thing that is wrong with a program, an ArgumentError for a missing store. */
export function checkProgram(program: Program): void {
  const { name, dims, buffers, params, registers, body } = program;
  const fail = (what: string): never => {
    throw new InternalError(`kernel ${name}: ${what}.`);
  };
  const check = (ok: boolean, what: string): void => {
    if (!ok) fail(what);
  };
  const typeOf = (r: Register): Ty => {
    check(Number.isInteger(r) && r >= 0 && r < registers.length, `there is no register ${r}`);
    return registers[r];
  };
  check(Number.isInteger(dims) && dims >= 1 && dims <= registers.length, `impossible number of loops ${dims}`);
  for (let d = 0; d < dims; d++) check(typeOf(d) === "i32", `register ${d} is a position and must be i32`);
  check(!params.includes("i64"), "i64 cannot be a parameter");

  let loops = 0;
  const visible = new Map<Register, "value" | "variable">();
  const written = new Set<Register>();
  const stored = new Set<number>();
  for (let d = 0; d < dims; d++) visible.set(d, "value");
  /** Leaves of expressions that were found to be right, and the registers below them. */
  const known = new Map<number, readonly Register[]>();

  const checkExpr = (root: Expr, ty: Ty | undefined, what: string): void => {
    check(ty === undefined || root.ty === ty, `${what} must be ${ty} (got ${root.ty})`);
    let used = known.get(root.id);
    if (used === undefined) {
      const found = new Set<Register>();
      visitExprs([root], (e) => {
        check(!NOT_ALLOWED.includes(e.op), `${e.op} is no expression of a program`);
        if (!LEAVES.includes(e.op)) return;
        const slot = e.value as number;
        if (e.op === "param") check(params[slot] === e.ty, `parameter ${slot} has another type`);
        if (e.op !== "acc") return;
        check(typeOf(slot) === e.ty, `register ${slot} has another type`);
        found.add(slot);
      });
      used = [...found];
      known.set(root.id, used);
    }
    for (const r of used) check(visible.get(r) === "value", `${what} uses register ${r}, which is not visible here`);
  };
  const buffer = (at: number): { readonly dtype: Ty; readonly use: string } => {
    check(Number.isInteger(at) && at >= 0 && at < buffers.length, `there is no buffer ${at}`);
    return buffers[at];
  };
  const checkVariable = (r: Register): Ty => {
    check(visible.get(r) === "variable", `register ${r} is no variable that is visible here`);
    return typeOf(r);
  };

  const checkBlock = (block: readonly Statement[], scope: Register[]): void => {
    for (const s of block) {
      checkStatement(s);
      const r = definedBy(s);
      if (r !== undefined && s.op !== "for") define(r, s.op === "declare" ? "variable" : "value", scope);
    }
  };
  const define = (r: Register, kind: "value" | "variable", scope: Register[]): void => {
    check(!written.has(r) && r >= dims, `register ${r} is defined twice`);
    written.add(r);
    visible.set(r, kind);
    scope.push(r);
  };
  const closing = (run: (scope: Register[]) => void): void => {
    const scope: Register[] = [];
    run(scope);
    for (const r of scope) visible.delete(r);
  };
  const checkStatement = (s: Statement): void => {
    switch (s.op) {
      case "let":
        return checkExpr(s.value, typeOf(s.register), "a value");
      case "load":
        check(typeOf(s.register) === buffer(s.buffer).dtype, "a load has another type than its buffer");
        return checkExpr(s.index, "i32", "an index");
      case "read":
        return check(checkVariable(s.variable) === typeOf(s.register), "a read has another type than its variable");
      case "declare":
        check(typeOf(s.variable) !== "i64", "a variable must not be i64");
        return checkExpr(s.value, typeOf(s.variable), "the first value of a variable");
      case "assign":
        return checkExpr(s.value, checkVariable(s.variable), "a value of a variable");
      case "store":
        check(buffer(s.buffer).use === "output", `buffer ${s.buffer} is an input and cannot be written`);
        stored.add(s.buffer);
        checkExpr(s.index, "i32", "an index");
        return checkExpr(s.value, buffer(s.buffer).dtype, "a stored value");
      case "if":
        checkExpr(s.condition, "bool", "a condition");
        for (const inner of blocksOf(s)) closing((scope) => checkBlock(inner, scope));
        return;
      case "for":
        for (const bound of statementExprs(s)) checkExpr(bound, "i32", "a bound of a loop");
        check(typeOf(s.index) === "i32", "the index of a loop must be i32");
        check(Number.isInteger(s.step) && s.step > 0 && s.step < 2 ** 31, `impossible step ${s.step}`);
        return closing((scope) => {
          define(s.index, "value", scope);
          loops++;
          checkBlock(s.body, scope);
          loops--;
        });
      case "while":
        return closing((scope) => {
          const around = loops;
          loops = 0;
          checkBlock(s.head, scope);
          loops = around;
          checkExpr(s.condition, "bool", "a condition");
          loops++;
          checkBlock(s.body, scope);
          loops--;
        });
      case "break":
      case "continue":
        return check(loops > 0, `${s.op} outside of the body of a loop`);
      default:
        return fail(`unknown statement ${(s as { op: string }).op}`);
    }
  };
  checkBlock(body, []);
  buffers.forEach(({ use }, i) => {
    if (use === "output" && !stored.has(i)) {
      throw new ArgumentError(`${name}: an output is never stored to (got none, expected a store to buffer ${i}).`);
    }
  });
}
