/** Runs the body of a kernel once, with values that stand for those of any unit, and notes its statements as a program. */
import { ArgumentError, requireFunction, show } from "../../errors.ts";
import { ExprBuilder, type Expr, type Ty } from "../expr.ts";
import type { BufferSpec, Program, Register, Statement } from "../program.ts";
import { checkProgram } from "../programCheck.ts";
import type {
  ElementIndex,
  InputSpecs,
  KernelContext,
  KernelInput,
  KernelOutput,
  TypeSpecs,
  Variable,
} from "./context.ts";
import {
  inner,
  operand,
  requireUsable,
  tyOfValue,
  Value,
  type Like,
  type Scope,
  type Trace,
  type ValueType,
} from "./value.ts";

/** Where the value of a program's parameter comes from. */
export type ParamOrigin =
  | { readonly kind: "size"; readonly operand: number; readonly axis: number }
  | { readonly kind: "attr"; readonly name: string };

/** A body as a program. */
export interface Traced {
  readonly program: Program;
  readonly params: readonly ParamOrigin[];
}

/** An operand of the kernel, inputs first. */
export interface OperandShape {
  readonly name: string;
  readonly type: ValueType;
  readonly use: "input" | "output";
  /** Number of axes, if it is known. */
  readonly rank: number | undefined;
}

/** What a trace is made for. */
export interface TraceRequest {
  readonly name: string;
  readonly float: "f32" | "f64";
  readonly dims: number;
  readonly operands: readonly OperandShape[];
  readonly attrs: TypeSpecs;
  readonly body: (k: KernelContext<InputSpecs, TypeSpecs, TypeSpecs>) => void;
}

/** Runs a body. @throws ArgumentError for what it does wrong */
export function traceBody({ name, float, dims, operands, attrs, body }: TraceRequest): Traced {
  const builder = new ExprBuilder();
  const trace: Trace = { name, builder, float };
  const whole: Scope = { depth: 0, open: true };
  const registers: Ty[] = Array.from({ length: dims }, () => "i32");
  const paramTypes: Ty[] = [];
  const params: ParamOrigin[] = [];
  const paramSlots = new Map<string, Value>();
  let scope = whole;
  let out: Statement[] = [];
  const statements = out;
  /** Bodies of loops around the current statement. */
  let loops = 0;

  const checkOpen = (what: string): void => {
    if (!whole.open) throw new ArgumentError(`${name}: ${what} outside of the body (got a call after it returned).`);
  };
  const register = (type: ValueType): Register => registers.push(tyOfValue(trace, type)) - 1;
  const valueOf = <T extends ValueType>(type: T, r: Register): Value<T> =>
    new Value(trace, type, builder.acc(registers[r], r), scope);
  const param = <T extends ValueType>(key: string, type: T, origin: ParamOrigin): Value<T> => {
    let value = paramSlots.get(key);
    if (value === undefined) {
      const ty = tyOfValue(trace, type);
      params.push(origin);
      const slot = paramTypes.push(ty) - 1;
      value = new Value<ValueType>(trace, type, builder.param(ty, slot), whole);
      paramSlots.set(key, value);
    }
    return value as Value<T>;
  };
  const i32 = (what: string, y: Like<"i32">): Value<"i32"> => operand(trace, what, "i32", y, whole);
  const size = (buffer: number, axis: number): Value<"i32"> =>
    param(`size ${buffer} ${axis}`, "i32", { kind: "size", operand: buffer, axis });

  /** Runs `write` in a scope of its own and returns its statements. */
  const nested = (write: () => void): Statement[] => {
    const [outerScope, outerOut] = [scope, out];
    scope = { depth: outerScope.depth + 1, open: true };
    out = [];
    try {
      write();
      return out;
    } finally {
      scope.open = false;
      scope = outerScope;
      out = outerOut;
    }
  };
  /** Runs `write`, in which `count` loops can be left. */
  const within = <T>(count: number, write: () => T): T => {
    const around = loops;
    loops = count;
    try {
      return write();
    } finally {
      loops = around;
    }
  };
  const inLoop = (write: () => void): void => within(loops + 1, write);
  const exit = (op: "break" | "continue"): void => {
    checkOpen(`a ${op}`);
    if (loops === 0) {
      throw new ArgumentError(
        `${name}: ${op} outside of a loop (got one around which there is none, expected k.for or k.while).`,
      );
    }
    out.push({ op });
  };
  const requireOperand = (what: string, x: KernelInput | KernelOutput): OperandShape => {
    const known = operands[(x as { buffer?: number } | null)?.buffer ?? -1];
    if (known === undefined || known.name !== x.name) {
      throw new ArgumentError(`${name}: ${what} must be one of k.inputs or k.outputs (got ${show(x)}).`);
    }
    return known;
  };
  const indexOf = (x: KernelInput | KernelOutput, index: ElementIndex): Expr => {
    const known = requireOperand("what is indexed", x);
    if (!Array.isArray(index)) return i32(`an index of ${x.name}`, index as Like<"i32">).expr;
    const list = index as readonly Like<"i32">[];
    if (known.rank === undefined) {
      throw new ArgumentError(
        `${name}: ${x.name} is indexed by axes but their number is not declared (got ${list.length} indices, ` +
          `expected inputs: { ${x.name}: { dtype, rank: ${list.length} } }).`,
      );
    }
    if (list.length !== known.rank) {
      throw new ArgumentError(
        `${name}: wrong number of indices of ${x.name} (got ${list.length}, expected ${known.rank}, or one number for the ` +
          `position in C order).`,
      );
    }
    let at: Value<"i32"> = operand(trace, `an index of ${x.name}`, "i32", 0, whole);
    list.forEach((y, axis) => {
      const i = i32(`index ${axis} of ${x.name}`, y);
      at = axis === 0 ? i : at.mul(size(x.buffer, axis)).add(i);
    });
    return at.expr;
  };
  const named = <X>(list: readonly (readonly [string, X])[]): Record<string, X> =>
    Object.fromEntries(list) as Record<string, X>;
  const handles = (use: "input" | "output") =>
    named(
      operands.flatMap((o, buffer) => {
        return o.use === use ? [[o.name, { kind: use, name: o.name, type: o.type, buffer }] as const] : [];
      }),
    );
  const indices = Array.from({ length: dims }, (_, d) => valueOf("i32", d));

  const variable = <T extends ValueType>(type: T, first: Like<T>): Variable<T> => {
    checkOpen("a variable");
    const home = scope;
    const start = operand(trace, "the first value of a variable", type, first, whole);
    const r = register(type);
    out.push({ op: "declare", variable: r, value: start.expr });
    const checkVisible = (): void => {
      if (!home.open) {
        throw new ArgumentError(
          `${name}: a variable is used outside of the loop or branch in which it was made (got a ${type} variable).`,
        );
      }
    };
    const self: Variable<T> = {
      get() {
        checkVisible();
        const to = register(type);
        out.push({ op: "read", register: to, variable: r });
        return valueOf(type, to);
      },
      set(value) {
        checkVisible();
        const next = operand(trace, "the value of a variable", type, value, whole);
        out.push({ op: "assign", variable: r, value: next.expr });
      },
      add(value) {
        const now = self.get() as Value<"f32">;
        self.set(now.add(value as Like<"f32">) as unknown as Value<T>);
      },
    };
    return self;
  };

  const k: KernelContext<InputSpecs, TypeSpecs, TypeSpecs> = {
    inputs: handles("input") as KernelContext<InputSpecs, TypeSpecs, TypeSpecs>["inputs"],
    outputs: handles("output") as KernelContext<InputSpecs, TypeSpecs, TypeSpecs>["outputs"],
    attrs: Object.defineProperties(
      {},
      named(
        Object.entries(attrs).map(([key, type]) => [
          key,
          { enumerable: true, get: () => param(`attr ${key}`, type, { kind: "attr", name: key }) },
        ]),
      ),
    ) as Record<string, Value>,
    get index() {
      if (dims !== 1) {
        throw new ArgumentError(`${name}: index needs one loop of units (got ${dims}). Use indices.`);
      }
      return indices[0];
    },
    indices,
    size(x, axis) {
      const { rank } = requireOperand("size: its operand", x);
      if (!Number.isInteger(axis) || axis < 0 || (rank !== undefined && axis >= rank)) {
        throw new ArgumentError(
          `${name}: size: axis out of range (got ${show(axis)} of ${x.name}, expected ${rank === undefined ? "0 or more" : `0 to ${rank - 1}`}).`,
        );
      }
      return size(x.buffer, axis);
    },
    load(from, index) {
      checkOpen("a load");
      const at = indexOf(from, index);
      const to = register(from.type);
      out.push({ op: "load", register: to, buffer: from.buffer, index: at });
      return valueOf(from.type, to);
    },
    store(to, index, value) {
      checkOpen("a store");
      if (requireOperand("store: its target", to).use === "input") {
        throw new ArgumentError(`${name}: an input cannot be stored to (got ${to.name}). Declare an output.`);
      }
      const at = indexOf(to, index);
      const stored = operand(trace, `the value stored to ${to.name}`, to.type, value, whole);
      out.push({ op: "store", buffer: to.buffer, index: at, value: stored.expr });
    },
    constant: (type, value) => operand(trace, "a constant", type, value as Like<typeof type>, whole),
    variable,
    for(from, to, loopBody, options) {
      checkOpen("a loop");
      requireFunction(name, loopBody);
      const step = options?.step ?? 1;
      if (!Number.isInteger(step) || step < 1 || step >= 2 ** 31) {
        throw new ArgumentError(`${name}: the step of a loop must be a positive integer (got ${show(step)}).`);
      }
      const [first, end] = [i32("the start of a loop", from), i32("the end of a loop", to)];
      const index = registers.push("i32") - 1;
      const block = nested(() => inLoop(() => loopBody(valueOf("i32", index))));
      out.push({ op: "for", index, from: first.expr, to: end.expr, step, body: block });
    },
    while(condition, loopBody) {
      checkOpen("a loop");
      requireFunction(name, condition);
      requireFunction(name, loopBody);
      let test: Value<"bool"> | undefined;
      let head: Statement[] = [];
      const block = nested(() => {
        test = operand(trace, "the condition of a loop", "bool", within(0, condition), whole);
        head = out;
        out = [];
        inLoop(loopBody);
      });
      out.push({ op: "while", head, condition: (test as Value).expr, body: block });
    },
    break: () => exit("break"),
    continue: () => exit("continue"),
    if(condition, then, otherwise) {
      checkOpen("a branch");
      requireFunction(name, then);
      const test = operand(trace, "a condition", "bool", condition, whole);
      const first = nested(then);
      const second = otherwise === undefined ? [] : nested(otherwise);
      out.push({ op: "if", condition: test.expr, then: first, otherwise: second });
    },
    select(condition, x, y) {
      const test = operand(trace, "a condition", "bool", condition, whole);
      requireUsable(trace, "the second operand of select", x);
      const other = operand(trace, "the third operand of select", x.type, y, whole);
      const expr = builder.select(test.expr, x.expr, other.expr);
      return new Value(trace, x.type, expr, inner(test.scope, inner(x.scope, other.scope)));
    },
    sum(type, from, to, term) {
      const total = variable<ValueType>(type, 0);
      k.for(from, to, (i) => total.add(term(i) as Like<ValueType>));
      return total.get() as Value<typeof type>;
    },
    apply(f, first, ...rest) {
      requireUsable(trace, "the first operand of apply", first);
      const others = rest.map((y, i) => operand(trace, `operand ${i + 2} of apply`, first.type, y, whole));
      const expr = f(builder, first.expr, ...others.map((o) => o.expr));
      const home = others.reduce((a, o) => inner(a, o.scope), first.scope);
      if (expr.ty !== first.expr.ty) {
        throw new ArgumentError(
          `${name}: apply needs a function that keeps the type (got ${expr.ty} from ${first.expr.ty}).`,
        );
      }
      return new Value(trace, first.type, expr, home);
    },
  };
  try {
    body(k);
  } finally {
    whole.open = false;
  }
  const buffers = operands.map(({ type, use }): BufferSpec => ({ dtype: tyOfValue(trace, type), use }));
  const program: Program = { name, builder, dims, buffers, params: paramTypes, registers, body: statements };
  operands.forEach(({ name: output, use }, i) => {
    if (use === "output" && !stores(statements, i)) {
      throw new ArgumentError(
        `${name}: an output is never stored to (got no store to ${output}). Store all its elements.`,
      );
    }
  });
  checkProgram(program);
  return { program, params };
}

/** Whether a block stores to a buffer. */
function stores(block: readonly Statement[], buffer: number): boolean {
  return block.some((s) => {
    if (s.op === "store") return s.buffer === buffer;
    if (s.op === "if") return stores(s.then, buffer) || stores(s.otherwise, buffer);
    if (s.op === "while") return stores(s.head, buffer) || stores(s.body, buffer);
    return s.op === "for" && stores(s.body, buffer);
  });
}
