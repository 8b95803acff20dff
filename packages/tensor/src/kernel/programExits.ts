/**
 * Exits from loops as variables and branches. `break` and `continue` leave the rest of a round; here they set a variable, and
 * what could follow them runs only where it is set. A loop that can be left early names the variable (`alive`) that says who
 * goes on after a round. Back ends need no jumps then, and lanes of a vector may leave a loop one by one.
 */
import type { Expr, ExprBuilder, Ty } from "./expr.ts";
import { blocksOf, type Program, type Register, type Statement } from "./program.ts";

type Exit = "break" | "continue";

/** Whether a block leaves the loop, or the round of the loop, that it stands in. */
function exits(block: readonly Statement[], exit: Exit): boolean {
  return block.some((s) => {
    if (s.op === exit) return true;
    // Inner loops have exits of their own.
    return s.op === "if" && (exits(s.then, exit) || exits(s.otherwise, exit));
  });
}

/** Variables of the loop that is being rewritten: who goes on with the loop, and who with this round. */
interface Loop {
  readonly alive: Register | undefined;
  readonly going: Register | undefined;
}

class Rewriter {
  readonly #b: ExprBuilder;
  readonly registers: Ty[];

  constructor({ builder, registers }: Program) {
    this.#b = builder;
    this.registers = [...registers];
  }

  block(list: readonly Statement[], loop: Loop): Statement[] {
    const out: Statement[] = [];
    for (const [i, s] of list.entries()) {
      if (s.op === "break" || s.op === "continue") {
        for (const variable of [s.op === "break" ? loop.alive : undefined, loop.going]) {
          if (variable !== undefined) out.push(this.#assign(variable, false));
        }
        // Nothing after it is reached.
        return out;
      }
      out.push(...this.#statement(s, loop));
      if (exits([s], "break") || exits([s], "continue")) {
        const rest = this.block(list.slice(i + 1), loop);
        if (rest.length > 0) out.push(...this.#where(loop.going ?? (loop.alive as Register), rest));
        return out;
      }
    }
    return out;
  }

  #statement(s: Statement, loop: Loop): Statement[] {
    if (s.op === "if") return [{ ...s, then: this.block(s.then, loop), otherwise: this.block(s.otherwise, loop) }];
    if (s.op !== "for" && s.op !== "while") return [s];
    const [leaves, skips] = (["break", "continue"] as const).map((exit) => exits(s.body, exit));
    const alive = leaves ? this.#variable() : undefined;
    // Whoever leaves the loop also leaves the round; without `continue` one variable serves both.
    const going = skips ? this.#variable() : undefined;
    const body = [...(going === undefined ? [] : [this.#declare(going)]), ...this.block(s.body, { alive, going })];
    const head = s.op === "while" ? { head: this.block(s.head, { alive: undefined, going: undefined }) } : {};
    const inner = { ...s, ...head, body, ...(alive === undefined ? {} : { alive }) } as Statement;
    return alive === undefined ? [inner] : [this.#declare(alive), inner];
  }

  #constant(value: boolean): Expr {
    return this.#b.const("bool", value ? 1 : 0);
  }

  #variable(): Register {
    return this.registers.push("bool") - 1;
  }

  #declare(variable: Register): Statement {
    return { op: "declare", variable, value: this.#constant(true) };
  }

  #assign(variable: Register, value: boolean): Statement {
    return { op: "assign", variable, value: this.#constant(value) };
  }

  /** A block that runs where the variable holds. */
  #where(variable: Register, then: readonly Statement[]): Statement[] {
    const register = this.#variable();
    return [
      { op: "read", register, variable },
      { op: "if", condition: this.#b.acc("bool", register), then, otherwise: [] },
    ];
  }
}

function hasExits(block: readonly Statement[]): boolean {
  return block.some((s) => s.op === "break" || s.op === "continue" || blocksOf(s).some(hasExits));
}

/** The program without `break` and `continue`. */
export function lowerExits(program: Program): Program {
  if (!hasExits(program.body)) return program;
  const rewriter = new Rewriter(program);
  const body = rewriter.block(program.body, { alive: undefined, going: undefined });
  return { ...program, body, registers: rewriter.registers };
}
