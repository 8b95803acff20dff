/**
 * The oracle of programs: runs them unit after unit in plain JavaScript with the reference semantics of `semantics.ts`. It
 * is slow on purpose and checks what compiled programs take for granted: that indices lie inside their buffers, that no
 * two units write one element, that a unit reads of an output only what it has written, and that every element is written.
 */
import { ArgumentError } from "../errors.ts";
import { visitExprs, type Expr } from "./expr.ts";
import { statementExprs, visitStatements, type Program, type Register, type Statement } from "./program.ts";
import { evaluate } from "./semantics.ts";

type Value = number | bigint;

/** Elements of a buffer: `data[offset]` is the first of `size`. */
export interface ProgramBuffer {
  /** As it is called in messages. */
  readonly name: string;
  readonly data: { [index: number]: number };
  readonly offset: number;
  readonly size: number;
}

/** The expressions of one statement in order of evaluation. */
interface Plan {
  readonly order: readonly Expr[];
  readonly operands: readonly (readonly number[])[];
  readonly roots: readonly number[];
}

function planOf(roots: readonly Expr[]): Plan {
  const order: Expr[] = [];
  visitExprs(roots, (e) => order.push(e));
  const slots = new Map(order.map((e, i) => [e.id, i]));
  const slotOf = (e: Expr): number => slots.get(e.id) as number;
  return { order, operands: order.map((e) => e.args.map(slotOf)), roots: roots.map(slotOf) };
}

/** Number of the unit that wrote each element of an output; -1: none yet. */
type Owners = Int32Array;

/**
 * Runs all units of a program.
 * @param sizes of the parallel loops
 * @param params values of the parameters, of their types
 * @throws ArgumentError when the program breaks a rule
 */
export function runProgram(
  program: Program,
  sizes: readonly number[],
  buffers: readonly ProgramBuffer[],
  params: readonly number[],
): void {
  const { name, dims, body } = program;
  const plans = new Map<Statement, Plan>();
  visitStatements(body, (s) => plans.set(s, planOf(statementExprs(s))));
  const registers: Value[] = new Array<Value>(program.registers.length).fill(0);
  const owners = program.buffers.map((b, i): Owners | null =>
    b.use === "output" ? new Int32Array(buffers[i].size).fill(-1) : null,
  );
  let unit = 0;

  const where = (): string => `unit ${unit}${dims > 1 ? `, [${registers.slice(0, dims).join(", ")}]` : ""}`;
  const values: Value[] = [];
  /** The values of a statement's own expressions. */
  const valuesOf = (s: Statement): Value[] => {
    const { order, operands, roots } = plans.get(s) as Plan;
    for (let i = 0; i < order.length; i++) {
      const e = order[i];
      const n = e.value as number;
      if (e.op === "const") values[i] = e.value;
      else if (e.op === "param") values[i] = params[n];
      else if (e.op === "acc") values[i] = registers[n];
      else
        values[i] = evaluate(
          e.op,
          e.ty,
          e.args[0].ty,
          operands[i].map((k) => values[k]),
        );
    }
    return roots.map((k) => values[k]);
  };
  const place = (at: number, index: Value, verb: string): number => {
    const { name: buffer, size, offset } = buffers[at];
    const i = index as number;
    if (i < 0 || i >= size) {
      throw new ArgumentError(
        `${name}: index outside of ${buffer} in ${where()} (got a ${verb} at ${i}, expected 0 to ${size - 1}).`,
      );
    }
    return offset + i;
  };
  const load = (at: number, index: Value): Value => {
    const from = place(at, index, "load");
    const owner = owners[at]?.[index as number] ?? unit;
    if (owner !== unit) {
      throw new ArgumentError(
        `${name}: a unit may read of an output only what it has written itself (got element ${index} of ` +
          `${buffers[at].name}, written by ${owner < 0 ? "no one yet" : `unit ${owner}`}, read in ${where()}).`,
      );
    }
    const value = buffers[at].data[from];
    return program.buffers[at].dtype === "bool" ? Number(value !== 0) : value;
  };
  const store = (at: number, index: Value, value: Value): void => {
    const to = place(at, index, "store");
    const list = owners[at] as Owners;
    const owner = list[index as number];
    if (owner >= 0 && owner !== unit) {
      throw new ArgumentError(
        `${name}: two units write one element (got element ${index} of ${buffers[at].name}, written by unit ${owner} and ` +
          `in ${where()}). An element belongs to one unit: let that unit gather what goes into it.`,
      );
    }
    list[index as number] = unit;
    buffers[at].data[to] = value as number;
  };

  /** Runs a block; tells how it was left before its end, if it was. */
  const run = (block: readonly Statement[]): "break" | "continue" | undefined => {
    for (const s of block) {
      switch (s.op) {
        case "let":
          [registers[s.register]] = valuesOf(s);
          break;
        case "load":
          registers[s.register] = load(s.buffer, valuesOf(s)[0]);
          break;
        case "read":
          registers[s.register] = registers[s.variable];
          break;
        case "declare":
        case "assign":
          [registers[s.variable]] = valuesOf(s);
          break;
        case "store": {
          const [index, value] = valuesOf(s);
          store(s.buffer, index, value);
          break;
        }
        case "break":
        case "continue":
          return s.op;
        case "if": {
          const exit = run(valuesOf(s)[0] !== 0 ? s.then : s.otherwise);
          if (exit !== undefined) return exit;
          break;
        }
        case "for": {
          const [from, to] = valuesOf(s);
          for (let i = from as number; i < (to as number); i = (i + s.step) | 0) {
            registers[s.index] = i;
            if (run(s.body) === "break") break;
          }
          break;
        }
        case "while":
          for (;;) {
            run(s.head);
            if (valuesOf(s)[0] === 0 || run(s.body) === "break") break;
          }
      }
    }
    return undefined;
  };

  const total = sizes.reduce((a, b) => a * b, 1);
  for (unit = 0; unit < total; unit++) {
    let rest = unit;
    for (let d: Register = dims - 1; d >= 0; d--) {
      registers[d] = rest % sizes[d];
      rest = Math.floor(rest / sizes[d]);
    }
    run(body);
  }
  owners.forEach((list, i) => {
    const missing = list?.indexOf(-1) ?? -1;
    if (missing < 0) return;
    throw new ArgumentError(
      `${name}: an element of an output was not written (got none for element ${missing} of ${buffers[i].name}, ` +
        `expected a store by one of ${total} units).`,
    );
  });
}
