import { describe, expect, it } from "vitest";
import { hasRelaxedSimd, wasmModule } from "../../src/backend/cpu/asm.ts";
import type { FunctionBuilder, MemoryLimits, Signature, ValueType } from "../../src/backend/cpu/asm.ts";
import { opcode, opNames } from "../../src/backend/cpu/opcodes.ts";
import type { LaneOp, MemoryLaneOp, MemoryOp, OpName, PlainOp } from "../../src/backend/cpu/opcodes.ts";
import { forUp } from "../../src/backend/cpu/loops.ts";

const UNSHARED: MemoryLimits = { shared: false };

function instantiate(
  bytes: BufferSource,
  memory = new WebAssembly.Memory({ initial: 1 }),
): Record<string, (...args: any[]) => any> {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports as any;
}

/** Compiles one function and returns it together with the memory it works on. */
function compile(
  signature: Signature,
  body: (f: FunctionBuilder) => void,
  memory = new WebAssembly.Memory({ initial: 1 }),
) {
  const m = wasmModule(UNSHARED);
  m.func({ ...signature, name: "run" }, body);
  return { run: instantiate(m.bytes(), memory).run, memory };
}

describe("constants", () => {
  it("round-trips i32 values of every LEB128 length", () => {
    for (const v of [
      0,
      1,
      -1,
      63,
      64,
      -64,
      -65,
      8191,
      8192,
      -8193,
      2 ** 20,
      2 ** 27,
      0x7fffffff,
      -0x80000000,
      0xffffffff,
    ]) {
      expect(compile({ results: ["i32"] }, (f) => f.i32Const(v)).run()).toBe(v | 0);
    }
  });

  it("round-trips i64 values of every LEB128 length", () => {
    for (let bit = 0n; bit < 64n; bit++) {
      for (const v of [1n << bit, -(1n << bit), (1n << bit) - 1n]) {
        expect(compile({ results: ["i64"] }, (f) => f.i64Const(v)).run()).toBe(BigInt.asIntN(64, v));
      }
    }
  });

  it("keeps the bits of floats", () => {
    for (const v of [0, -0, 0.1, Infinity, -Infinity, NaN, 1e-45, 3e38]) {
      const lanes = Float32Array.of(v, v, v, v);
      const { run } = compile({ results: ["f32"] }, (f) => f.v128Const(lanes).lane("f32x4.extract_lane", 0));
      expect(run()).toBe(lanes[0]);
    }
  });

  it("writes vectors of any element type", () => {
    const { run, memory } = compile({}, (f) =>
      f
        .i32Const(16)
        .v128Const(Float32Array.of(1, 2, 3, 4))
        .mem("v128.store"),
    );
    run();
    expect([...new Float32Array(memory.buffer, 16, 4)]).toEqual([1, 2, 3, 4]);
  });
});

describe("control flow", () => {
  it("counts up, and skips the body when the range is empty", () => {
    const { run } = compile({ params: ["i32", "i32"], results: ["i32"] }, (f) => {
      const [i, end] = f.params;
      const sum = f.local("i32");
      forUp(f, i, end, 3, () => f.get(sum, i).op("i32.add").set(sum));
      f.get(sum);
    });
    expect(run(1, 11)).toBe(1 + 4 + 7 + 10);
    expect(run(5, 5)).toBe(0);
    expect(run(6, 5)).toBe(0);
  });

  it("branches across nested blocks", () => {
    // Returns 10 × outer + inner at the first pair whose product is at least x.
    const { run } = compile({ params: ["i32"], results: ["i32"] }, (f) => {
      const [x] = f.params;
      const [outer, inner] = f.locals("i32", 2);
      f.block((found) => {
        f.loop((nextOuter) => {
          f.increment(outer, 1).i32Const(0).set(inner);
          f.loop((nextInner) => {
            f.increment(inner, 1);
            f.get(outer, inner).op("i32.mul").get(x).op("i32.ge_s").brIf(found);
            f.get(inner).i32Const(9).op("i32.lt_s").brIf(nextInner);
          });
          f.br(nextOuter);
        });
      });
      f.get(outer).i32Const(10).op("i32.mul").get(inner).op("i32.add");
    });
    expect(run(1)).toBe(11);
    expect(run(20)).toBe(37);
    expect(run(72)).toBe(89);
  });

  it("gives if, block and loop a value", () => {
    const { run } = compile({ params: ["i32"], results: ["i64"] }, (f) => {
      f.block(() => {
        f.get(f.params[0]).if(
          () => f.i64Const(15),
          () => f.loop(() => f.i64Const(-15), "i64"),
          "i64",
        );
      }, "i64");
    });
    expect(run(7)).toBe(15n);
    expect(run(0)).toBe(-15n);
  });

  it("returns early and calls functions declared later", () => {
    const m = wasmModule(UNSHARED);
    const run = m.func({ params: ["i32"], results: ["i32"], name: "run" });
    const square = m.func({ params: ["i32"], results: ["i32"], name: "square" });
    run
      .get(run.params[0])
      .op("i32.eqz")
      .if(() => run.i32Const(-1).op("return"));
    run.get(run.params[0]).call(square).i32Const(1).op("i32.add");
    square.get(square.params[0], square.params[0]).op("i32.mul");
    const exports = instantiate(m.bytes());
    expect(exports.run(5)).toBe(26);
    expect(exports.run(0)).toBe(-1);
    expect(exports.square(9)).toBe(81);
  });

  it("interleaves locals of all types", () => {
    const { run } = compile({ params: ["f32"], results: ["f32"] }, (f) => {
      const a = f.local("i32");
      const b = f.local("v128");
      const c = f.local("i32");
      f.i32Const(2).set(a).i32Const(3).set(c);
      f.get(f.params[0]).op("f32x4.splat").set(b);
      f.get(b).lane("f32x4.extract_lane", 3);
      f.get(a, c).op("i32.mul", "i32x4.splat", "f32x4.convert_i32x4_s").lane("f32x4.extract_lane", 1).op("f32.mul");
    });
    expect(run(2.5)).toBe(15);
  });
});

describe("memory", () => {
  it("loads and stores with offsets beyond one LEB128 byte", () => {
    const { run, memory } = compile({ params: ["i32"] }, (f) => {
      const [p] = f.params;
      f.get(p).get(p).mem("f64.load", 8).mem("f64.store", 4096);
      f.get(p).get(p).mem("v128.load32_splat", 8).memLane("v128.store32_lane", 2, 300);
      f.get(p).get(p).mem("v128.load64_zero", 8).mem("v128.store", 512);
    });
    new Float64Array(memory.buffer, 16, 1)[0] = Math.PI;
    run(8);
    expect(new Float64Array(memory.buffer, 8 + 4096, 1)[0]).toBe(Math.PI);
    expect(new Int32Array(memory.buffer, 308, 1)[0]).toBe(new Int32Array(memory.buffer, 16, 1)[0]);
    expect([...new Float64Array(memory.buffer, 520, 2)]).toEqual([Math.PI, 0]);
  });

  it("shuffles by lanes of every width", () => {
    const { run, memory } = compile({}, (f) => {
      const [a, b] = f.locals("v128", 2);
      f.i32Const(0).mem("v128.load").set(a).i32Const(16).mem("v128.load").set(b);
      f.i32Const(32).get(a, b).shuffle([0, 4, 1, 5]).mem("v128.store");
      f.i32Const(48).get(a, b).shuffle([1, 2]).mem("v128.store");
      f.i32Const(64).get(a, b).shuffle([0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23]).mem("v128.store");
    });
    const words = new Int32Array(memory.buffer);
    words.set([1, 2, 3, 4, 5, 6, 7, 8]);
    run();
    expect([...words.subarray(8, 20)]).toEqual([1, 5, 2, 6, 3, 4, 5, 6, 1, 5, 2, 6]);
  });

  it("fills and copies", () => {
    const { run, memory } = compile({}, (f) => {
      f.i32Const(4).i32Const(7).i32Const(8).memoryFill();
      f.i32Const(6).i32Const(2).i32Const(4).memoryCopy();
    });
    run();
    expect([...new Uint8Array(memory.buffer, 0, 14)]).toEqual([0, 0, 0, 0, 7, 7, 0, 0, 7, 7, 7, 7, 0, 0]);
  });

  it("imports a shared memory", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const m = wasmModule({ shared: true });
    m.func({ params: ["i32"], name: "run" }, (f) => f.i32Const(8).get(f.params[0]).mem("i32.store"));
    instantiate(m.bytes(), memory).run(5);
    expect(new Int32Array(memory.buffer)[2]).toBe(5);
    expect(() => instantiate(m.bytes())).toThrow(WebAssembly.LinkError);
  });

  it("declares the limits it was given", () => {
    const m = wasmModule({ shared: false, initial: 2, maximum: 300 });
    m.func({ name: "run" });
    expect(() => instantiate(m.bytes(), new WebAssembly.Memory({ initial: 2, maximum: 300 }))).not.toThrow();
    expect(() => instantiate(m.bytes(), new WebAssembly.Memory({ initial: 1, maximum: 300 }))).toThrow(
      WebAssembly.LinkError,
    );
    expect(() => instantiate(m.bytes(), new WebAssembly.Memory({ initial: 2, maximum: 301 }))).toThrow(
      WebAssembly.LinkError,
    );
  });
});

/** Result type that an instruction's name promises; undefined where it leaves nothing or anything. */
function promisedResult(name: OpName): ValueType | undefined {
  if (/store|^(unreachable|nop|return|drop|select)$/.test(name)) return undefined;
  if (/all_true|any_true|bitmask|extract_lane_[su]|i32x4\.extract_lane/.test(name)) return "i32";
  const extracted = /^([if])(32|64)x\d\.extract_lane/.exec(name);
  if (extracted) return `${extracted[1]}${extracted[2]}` as ValueType;
  if (/x\d+\.|^v128/.test(name)) return "v128";
  if (/\.(eqz|[engl][qet](_[su])?)$/.test(name)) return "i32";
  return name.slice(0, 3) as ValueType;
}

/** Whether `name` can be followed by something that pops a value of `type`. */
function leaves(name: OpName, type: ValueType | undefined): boolean {
  const m = wasmModule({ shared: true });
  m.func({}, (f) => {
    // After `unreachable` the operand stack is polymorphic, so any instruction finds operands.
    f.op("unreachable");
    if (/lane/.test(name) && /load|store/.test(name)) f.memLane(name as MemoryLaneOp, 0);
    else if (/_lane/.test(name) && !/laneselect/.test(name)) f.lane(name as LaneOp, 0);
    else if (/load|store/.test(name)) f.mem(name as MemoryOp);
    else f.op(name as PlainOp);
    if (type !== undefined) f.set(f.local(type));
    f.op("unreachable");
  });
  return WebAssembly.validate(m.bytes());
}

describe("opcode table", () => {
  const names = opNames().filter((name) => hasRelaxedSimd() || !name.includes("relaxed"));

  it("lists every instruction once", () => {
    expect(names.length).toBeGreaterThan(250);
    expect(new Set(names.map((name) => opcode(name))).size).toBe(names.length);
  });

  it.each(names)("%s exists and leaves what its name says", (name) => {
    const type = promisedResult(name);
    expect(leaves(name, type)).toBe(true);
    if (type !== undefined) expect(leaves(name, type === "i64" ? "f32" : "i64")).toBe(false);
  });

  it("computes", () => {
    const { run } = compile({ params: ["f32", "f32"], results: ["f32"] }, (f) => {
      const [a, b] = f.params;
      f.get(a).op("f32x4.splat").get(b).op("f32x4.splat", "f32x4.sub", "f32x4.neg").lane("f32x4.extract_lane", 1);
    });
    expect(run(1, 3)).toBe(2);
    const { run: wide } = compile({ params: ["i64", "i64"], results: ["i64"] }, (f) =>
      f.get(...f.params).op("i64.shl"),
    );
    expect(wide(3n, 63n)).toBe(-(2n ** 63n));
  });
});

describe("hasRelaxedSimd", () => {
  it("agrees with what the engine compiles", () => {
    const m = wasmModule(UNSHARED);
    m.func({ params: ["f64"], results: ["f64"], name: "run" }, (f) => {
      const x = f.params[0];
      for (let i = 0; i < 3; i++) f.get(x).op("f64x2.splat");
      f.op("f64x2.relaxed_madd").lane("f64x2.extract_lane", 0);
    });
    if (hasRelaxedSimd()) expect(instantiate(m.bytes()).run(3)).toBe(12);
    else expect(WebAssembly.validate(m.bytes())).toBe(false);
  });
});
