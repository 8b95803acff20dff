/**
 * Programs of statements as WGSL compute shaders: one invocation per unit.
 *
 * Binding 0 is the parameter block: the words of `programLayout` with the buffers' starts in elements, then the number of
 * units, a zero and the program's float constants. Bindings 1, 2, ... are the buffers in order.
 */
import { InternalError } from "../../errors.ts";
import { visitExprs, type Expr, type Ty } from "../../kernel/expr.ts";
import { programExprs, programLayout, type Program, type Register, type Statement } from "../../kernel/program.ts";
import type { StagedProgram } from "../../kernel/programOptimize.ts";
import { f32Bits } from "./bits.ts";
import { WORKGROUP } from "./grid.ts";
import { splitIndex } from "./wgslAccess.ts";
import { bufferType } from "./wgslContext.ts";
import { emitExprs, wgslType, type Leaves } from "./wgslExpr.ts";
import { helperText, type Helper } from "./wgslHelpers.ts";

/** The statements of all stages in order. */
function allStatements({ launch, row, body }: StagedProgram): readonly Statement[] {
  return [...launch, ...row, ...body];
}

/** Bits of the different float constants of a program, in the order in which the parameter block holds them. */
function programConstants(program: StagedProgram): number[] {
  const bits = new Set<number>();
  visitExprs(programExprs(allStatements(program)), (e) => {
    if (e.op === "const" && e.ty === "f32") bits.add(f32Bits(e.value as number));
  });
  return [...bits];
}

/**
 * The words of a launch's parameter block.
 * @param starts element offset of each buffer
 * @param params two words per parameter
 */
export function programWords(
  program: StagedProgram,
  sizes: readonly number[],
  starts: readonly number[],
  params: readonly (readonly [number, number])[],
): number[] {
  const layout = programLayout(program);
  const words = new Array<number>(layout.words).fill(0);
  sizes.forEach((n, d) => (words[d] = n));
  starts.forEach((at, i) => (words[layout.buffers + i] = at));
  params.forEach((pair, i) => pair.forEach((w, k) => (words[layout.params[i] + k] = w)));
  return [...words, sizes.reduce((a, b) => a * b, 1), 0, ...programConstants(program)];
}

/** The value of a parameter from its word. */
function paramText(ty: Ty, word: string): string {
  const type = wgslType(ty);
  if (type === "bool") return `${word} != 0u`;
  return type === "u32" ? word : `bitcast<${type}>(${word})`;
}

/** Writes the statements of a program. */
function writer(program: Program, constants: readonly number[], helpers: Set<Helper>) {
  const leaves: Leaves = {
    f32: (value) => `k${constants.indexOf(f32Bits(value))}`,
    param: (slot) => `p${slot}`,
    acc: (slot) => `r${slot}`,
    load: () => {
      throw new InternalError("wgsl: a load is no expression of a program.");
    },
    iota: () => {
      throw new InternalError("wgsl: iota is no expression of a program.");
    },
    accOther: () => {
      throw new InternalError("wgsl: accOther is no expression of a program.");
    },
  };
  const typeOf = (r: Register): string => wgslType(program.registers[r]);

  /** A block of its own with the values of expressions, which `use` gets as texts. */
  const scoped = (roots: readonly Expr[], use: (...values: string[]) => readonly string[]): string[] => {
    const lines: string[] = [];
    const values = emitExprs(roots, leaves, lines, helpers, true);
    return ["{", ...lines, ...use(...values), "}"];
  };
  const element = (buffer: number, index: string): string => `b${buffer}[start${buffer} + ${index}]`;

  const leave = (alive: Register | undefined): string[] => (alive === undefined ? [] : [`if (!r${alive}) { break; }`]);

  const statement = (s: Statement): string[] => {
    switch (s.op) {
      case "let":
        return [`var r${s.register}: ${typeOf(s.register)};`, ...scoped([s.value], (v) => [`r${s.register} = ${v};`])];
      case "load": {
        const test = program.buffers[s.buffer].dtype === "bool" ? " != 0u" : "";
        return [
          `var r${s.register}: ${typeOf(s.register)};`,
          ...scoped([s.index], (at) => [`r${s.register} = ${element(s.buffer, at)}${test};`]),
        ];
      }
      case "read":
        return [`let r${s.register} = r${s.variable};`];
      case "declare":
        return [`var r${s.variable}: ${typeOf(s.variable)};`, ...scoped([s.value], (v) => [`r${s.variable} = ${v};`])];
      case "assign":
        return scoped([s.value], (v) => [`r${s.variable} = ${v};`]);
      case "store": {
        const { dtype } = program.buffers[s.buffer];
        return scoped([s.index, s.value], (at, v) => [
          `${element(s.buffer, at)} = ${dtype === "bool" ? `${bufferType(dtype)}(${v})` : v};`,
        ]);
      }
      case "if":
        return scoped([s.condition], (test) => [
          `if (${test}) {`,
          ...block(s.then),
          ...(s.otherwise.length > 0 ? ["} else {", ...block(s.otherwise)] : []),
          "}",
        ]);
      case "for": {
        const i = `r${s.index}`;
        return scoped([s.from, s.to], (from, to) => [
          `let end${s.index} = ${to};`,
          `for (var ${i}: i32 = ${from}; ${i} < end${s.index}; ${i} += ${s.step}i) {`,
          ...block(s.body),
          ...leave(s.alive),
          "}",
        ]);
      }
      case "while":
        return [
          "loop {",
          ...block(s.head),
          ...scoped([s.condition], (test) => [`if (!(${test})) { break; }`]),
          ...block(s.body),
          ...leave(s.alive),
          "}",
        ];
      case "break":
      case "continue":
        throw new InternalError(`wgsl: ${s.op} was not lowered.`);
    }
  };
  const block = (list: readonly Statement[]): string[] => list.flatMap(statement);
  return block;
}

/** The shader of a program. Its entry point is `main`. @throws DTypeError for 64-bit values */
export function programToWgsl(program: StagedProgram): string {
  const { dims, buffers, params } = program;
  const layout = programLayout(program);
  const constants = programConstants(program);
  const helpers = new Set<Helper>();
  const words = layout.words + 2 + constants.length;
  const word = (i: number): string => `params.w[${i >> 2}].${"xyzw"[i & 3]}`;
  const declarations = buffers.map(({ dtype, use }, i) => {
    wgslType(dtype);
    const access = use === "output" ? "read_write" : "read";
    return `@group(0) @binding(${i + 1}) var<storage, ${access}> b${i}: array<${bufferType(dtype)}>;`;
  });
  const body = writer(program, constants, helpers)(allStatements(program));
  return [
    `struct Params { w: array<vec4<u32>, ${Math.ceil(words / 4)}> }`,
    "@group(0) @binding(0) var<uniform> params: Params;",
    ...declarations,
    `fn zero_word() -> u32 { return ${word(layout.words + 1)}; }`,
    helperText(helpers),
    `@compute @workgroup_size(${WORKGROUP})`,
    "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,",
    "    @builtin(local_invocation_index) local: u32) {",
    `  let flat = (group.y * grid.x + group.x) * ${WORKGROUP}u + local;`,
    `  if (flat >= ${word(layout.words)}) { return; }`,
    ...buffers.map((_, i) => `  let start${i} = bitcast<i32>(${word(layout.buffers + i)});`),
    ...params.map((ty, i) => `  let p${i}: ${wgslType(ty)} = ${paramText(ty, word(layout.params[i]))};`),
    ...constants.map((_, i) => `  let k${i} = bitcast<f32>(${word(layout.words + 2 + i)});`),
    ...splitIndex(
      "flat",
      Array.from({ length: dims }, (_, d) => word(d)),
      0,
    ).map((line) => `  ${line}`),
    ...Array.from({ length: dims }, (_, d) => `  let r${d} = i${d};`),
    ...body.map((line) => `  ${line}`),
    "}",
    "",
  ].join("\n");
}
