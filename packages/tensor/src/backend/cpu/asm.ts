import { ByteBuffer, TYPE_CODES } from "./byteBuffer.ts";
import type { ValueType } from "./byteBuffer.ts";
import { opcode } from "./opcodes.ts";
import type { LaneOp, MemoryLaneOp, MemoryOp, PlainOp } from "./opcodes.ts";

/**
 * A small WebAssembly module builder: functions over one imported memory, written instruction by instruction.
 * It knows the binary format and nothing else; the engine validates what it writes.
 *
 * Source: WebAssembly Core Specification 3.0, chapter 5 (binary format).
 */

export type { ValueType };

/** Index of a local variable or parameter of one function. */
export type Local = number & { readonly __local?: never };

/** Target of a branch: the end of a block or the start of a loop. */
export type Label = number & { readonly __label?: never };

/** Limits of the imported memory, in pages of 64 KiB. A shared memory always states a maximum. */
export interface MemoryLimits {
  readonly shared: boolean;
  /** Pages the memory must have at instantiation; 0 when left out. */
  readonly initial?: number;
  /** Largest size the imported memory may declare; 65536 (4 GiB) when left out and shared, none when unshared. */
  readonly maximum?: number;
}

/** Signature of a function. */
export interface Signature {
  readonly params?: readonly ValueType[];
  readonly results?: readonly ValueType[];
  /** Name under which the function is exported; not exported when left out. */
  readonly name?: string;
}

/** Module and field name under which a built module imports its memory. */
export const MEMORY_IMPORT = { module: "env", name: "memory" } as const;

const NO_RESULT = 0x40;

/**
 * One function under construction. Every method appends instructions and returns the builder, so short sequences chain:
 * `f.get(i).i32Const(4).op("i32.add").set(i)`.
 */
export class FunctionBuilder {
  /** Index of the function in its module, for {@link FunctionBuilder.call}. */
  readonly index: number;
  readonly params: readonly Local[];
  readonly signature: Required<Omit<Signature, "name">>;
  readonly #locals: ValueType[] = [];
  readonly #code: ByteBuffer = new ByteBuffer();
  #depth = 0;

  constructor(index: number, signature: Signature) {
    this.index = index;
    this.signature = { params: signature.params ?? [], results: signature.results ?? [] };
    this.params = this.signature.params.map((_, i) => i as Local);
  }

  /** Declares a local variable; its value starts at zero. */
  local(type: ValueType): Local {
    return (this.params.length + this.#locals.push(type) - 1) as Local;
  }

  /** Declares `count` local variables of one type. */
  locals(type: ValueType, count: number): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  #emit(code: number): this {
    if (code > 0xffff) {
      this.#code.byte(code >> 16);
      this.#code.unsigned(code & 0xffff);
    } else this.#code.byte(code);
    return this;
  }

  #indexed(code: number, index: number): this {
    this.#code.byte(code);
    this.#code.unsigned(index);
    return this;
  }

  /** Pushes the values of locals, left to right. */
  get(...locals: readonly Local[]): this {
    for (const local of locals) this.#indexed(0x20, local);
    return this;
  }

  /** Pops a value into a local. */
  set(local: Local): this {
    return this.#indexed(0x21, local);
  }

  /** Copies the top of the stack into a local and leaves it there. */
  tee(local: Local): this {
    return this.#indexed(0x22, local);
  }

  /** Pushes an i32 constant; signed and unsigned notations of the same 32 bits are equal. */
  i32Const(value: number): this {
    this.#code.byte(0x41);
    this.#code.signed(BigInt(value | 0));
    return this;
  }

  /** Pushes an i64 constant, taken modulo 2^64. */
  i64Const(value: bigint | number): this {
    this.#code.byte(0x42);
    this.#code.signed(BigInt.asIntN(64, BigInt(value)));
    return this;
  }

  /** Pushes a vector constant of 16 bytes, given as any 16-byte typed array. */
  v128Const(value: ArrayBufferView): this {
    this.#emit(0xfd000c);
    this.#code.bytes(new Uint8Array(value.buffer, value.byteOffset, 16));
    return this;
  }

  /** Appends instructions that have no immediates. */
  op(...names: readonly PlainOp[]): this {
    for (const name of names) this.#emit(opcode(name));
    return this;
  }

  /** A load or store at (address on the stack) + `offset` bytes. */
  mem(name: MemoryOp | MemoryLaneOp, offset = 0): this {
    this.#emit(opcode(name));
    // The alignment is a hint, and x64 and ARM need none.
    this.#code.byte(0);
    this.#code.unsigned(offset);
    return this;
  }

  /** A load or store of one lane of a vector. */
  memLane(name: MemoryLaneOp, lane: number, offset = 0): this {
    this.mem(name, offset);
    this.#code.byte(lane);
    return this;
  }

  /** Extracts or replaces one lane. */
  lane(name: LaneOp, lane: number): this {
    this.#emit(opcode(name));
    this.#code.byte(lane);
    return this;
  }

  /**
   * `i8x16.shuffle` of two vectors. `lanes` picks from their concatenation and may have 16, 8, 4 or 2 entries:
   * `[0, 4, 1, 5]` interleaves the low halves of two f32x4.
   */
  shuffle(lanes: readonly number[]): this {
    const width = 16 / lanes.length;
    this.#emit(0xfd000d);
    for (const lane of lanes) for (let i = 0; i < width; i++) this.#code.byte(lane * width + i);
    return this;
  }

  #nest(code: number, result: ValueType | undefined, body: (label: Label) => void): this {
    this.#code.byte(code);
    this.#code.byte(result === undefined ? NO_RESULT : TYPE_CODES[result]);
    body(this.#depth++ as Label);
    this.#depth--;
    this.#code.byte(0x0b);
    return this;
  }

  /** A block; a branch to its label leaves it. */
  block(body: (end: Label) => void, result?: ValueType): this {
    return this.#nest(0x02, result, body);
  }

  /** A loop; a branch to its label starts it again, falling off its end leaves it. */
  loop(body: (again: Label) => void, result?: ValueType): this {
    return this.#nest(0x03, result, body);
  }

  /** Pops a condition; runs `then` where it is not zero, `otherwise` where it is. A branch to the label leaves the statement. */
  if(then: (end: Label) => void, otherwise?: (end: Label) => void, result?: ValueType): this {
    return this.#nest(0x04, result, (label) => {
      then(label);
      if (otherwise === undefined) return;
      this.#code.byte(0x05);
      otherwise(label);
    });
  }

  /** Branches to a label of an enclosing block, loop or if. */
  br(label: Label): this {
    return this.#indexed(0x0c, this.#depth - 1 - label);
  }

  /** Pops a condition and branches where it is not zero. */
  brIf(label: Label): this {
    return this.#indexed(0x0d, this.#depth - 1 - label);
  }

  /** Calls a function of the same module. */
  call(callee: FunctionBuilder): this {
    return this.#indexed(0x10, callee.index);
  }

  /** `memory.fill`: pops destination, byte value, byte count. */
  memoryFill(): this {
    this.#emit(0xfc000b).#code.byte(0);
    return this;
  }

  /** `memory.copy`: pops destination, source, byte count; the ranges may overlap. */
  memoryCopy(): this {
    this.#emit(0xfc000a).#code.byte(0);
    this.#code.byte(0);
    return this;
  }

  /** `into = x + y` for i32 locals. */
  sum(into: Local, x: Local, y: Local): this {
    return this.get(x, y).op("i32.add").set(into);
  }

  /** Adds a constant to an i32 local. */
  increment(local: Local, by: number): this {
    return this.get(local).i32Const(by).op("i32.add").set(local);
  }

  /** The function's entry of the code section. */
  encode(): Uint8Array {
    const entry = new ByteBuffer();
    const runs: [ValueType, number][] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.[0] === type) last[1]++;
      else runs.push([type, 1]);
    }
    entry.unsigned(runs.length);
    for (const [type, count] of runs) {
      entry.unsigned(count);
      entry.byte(TYPE_CODES[type]);
    }
    entry.bytes(this.#code);
    entry.byte(0x0b);
    return entry.data.slice(0, entry.length);
  }
}

/** A module under construction; made by {@link wasmModule}. */
export class ModuleBuilder {
  readonly #memory: MemoryLimits;
  readonly #functions: { readonly builder: FunctionBuilder; readonly name: string | undefined }[] = [];

  constructor(memory: MemoryLimits) {
    this.#memory = memory;
  }

  /** Starts a function and fills it through `body`, when given, or afterwards through the returned builder. */
  func(signature: Signature, body?: (f: FunctionBuilder) => void): FunctionBuilder {
    const builder = new FunctionBuilder(this.#functions.length, signature);
    this.#functions.push({ builder, name: signature.name });
    body?.(builder);
    return builder;
  }

  /** Encodes the module. The functions are read at this moment, so it is called once all are complete. */
  bytes(): Uint8Array<ArrayBuffer> {
    const out = new ByteBuffer();
    out.bytes(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const section = (id: number, count: number, write: (into: ByteBuffer) => void): void => {
      const content = new ByteBuffer();
      content.unsigned(count);
      write(content);
      out.byte(id);
      out.sized(content);
    };
    const functions = this.#functions;
    const exported = functions.filter((f) => f.name !== undefined);
    section(1, functions.length, (into) => {
      for (const { builder } of functions) {
        into.byte(0x60);
        into.types(builder.signature.params);
        into.types(builder.signature.results);
      }
    });
    section(2, 1, (into) => {
      const { shared, initial = 0, maximum = shared ? 65536 : undefined } = this.#memory;
      into.name(MEMORY_IMPORT.module);
      into.name(MEMORY_IMPORT.name);
      into.byte(2);
      into.byte((maximum === undefined ? 0 : 1) | (shared ? 2 : 0));
      into.unsigned(initial);
      if (maximum !== undefined) into.unsigned(maximum);
    });
    section(3, functions.length, (into) => functions.forEach((_, i) => into.unsigned(i)));
    section(7, exported.length, (into) => {
      for (const { builder, name } of exported) {
        into.name(name!);
        into.byte(0);
        into.unsigned(builder.index);
      }
    });
    section(10, functions.length, (into) => {
      for (const { builder } of functions) {
        const code = builder.encode();
        into.unsigned(code.length);
        into.bytes(code);
      }
    });
    return out.data.slice(0, out.length);
  }
}

/** Starts a module that imports its memory as `env.memory`. */
export function wasmModule(memory: MemoryLimits): ModuleBuilder {
  return new ModuleBuilder(memory);
}

let relaxed: boolean | undefined;

/** Whether the engine accepts relaxed SIMD (fused multiply-add in vector form). Probed once by validating a tiny module. */
export function hasRelaxedSimd(): boolean {
  if (relaxed === undefined) {
    const module = wasmModule({ shared: false });
    module.func({ params: ["v128"], results: ["v128"] }, (f) => {
      const x = f.params[0];
      f.get(x, x, x).op("f32x4.relaxed_madd");
    });
    relaxed = WebAssembly.validate(module.bytes());
  }
  return relaxed;
}
