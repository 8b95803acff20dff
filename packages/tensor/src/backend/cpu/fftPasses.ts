/**
 * Butterflies in WebAssembly SIMD. Several transforms lie side by side: element e of all of them is a group of 64 bytes, two
 * vectors of real parts each followed by one of imaginary parts, so that no butterfly ever moves data between lanes.
 */
import { butterfly, product, type Complex, type Reals } from "../../fft/butterfly.ts";
import type { Radix } from "../../fft/factor.ts";
import type { FunctionBuilder, Local, ModuleBuilder } from "./asm.ts";

export type FloatType = "f32" | "f64";

/** Bytes of a group. */
export const GROUP = 64;
/** Vectors of complex numbers in a group. */
export const VECTORS = 2;

/** What emitters need to know about an element type. */
export interface Format {
  readonly dtype: FloatType;
  readonly width: 4 | 8;
  readonly vector: "f32x4" | "f64x2";
  /** Transforms side by side. */
  readonly lanes: 8 | 4;
  readonly splat: "v128.load32_splat" | "v128.load64_splat";
}

/** Facts about an element type. */
export function formatOf(dtype: FloatType): Format {
  return dtype === "f32"
    ? { dtype, width: 4, vector: "f32x4", lanes: 8, splat: "v128.load32_splat" }
    : { dtype, width: 8, vector: "f64x2", lanes: 4, splat: "v128.load64_splat" };
}

/** All lanes set to a number. */
function splatBytes(dtype: FloatType, x: number): ArrayBufferView {
  return dtype === "f32" ? new Float32Array(4).fill(x) : new Float64Array(2).fill(x);
}

/** Arithmetic on vectors in locals. Constants come from `constants`, or are embedded where they are not there. */
export function vectorReals(
  f: FunctionBuilder,
  { dtype, vector }: Format,
  constants: ReadonlyMap<number, Local> = new Map(),
): Reals<Local> {
  const apply = (op: "add" | "sub" | "mul", a: Local, b: Local): Local => {
    const result = f.local("v128");
    f.get(a, b).op(`${vector}.${op}`).set(result);
    return result;
  };
  return {
    add: (a, b) => apply("add", a, b),
    sub: (a, b) => apply("sub", a, b),
    mul: (a, b) => apply("mul", a, b),
    constant(x) {
      const known = constants.get(x);
      if (known !== undefined) return known;
      const local = f.local("v128");
      f.v128Const(splatBytes(dtype, x)).set(local);
      return local;
    },
  };
}

/** Puts the constants of a butterfly into locals, ahead of the loop. */
function hoistConstants(f: FunctionBuilder, { dtype }: Format, radix: Radix): Map<number, Local> {
  const constants = new Map<number, Local>();
  const zero: Complex<number> = { re: 0, im: 0 };
  const collect = (x: number): number => {
    if (!constants.has(x)) {
      const local = f.local("v128");
      f.v128Const(splatBytes(dtype, x)).set(local);
      constants.set(x, local);
    }
    return x;
  };
  const nothing: Reals<number> = { add: () => 0, sub: () => 0, mul: () => 0, constant: collect };
  butterfly(
    nothing,
    radix,
    Array.from({ length: radix }, () => zero),
  );
  return constants;
}

/**
 * Emits `pass(data, end, span, factors)`: the butterflies of all blocks in [data, end), whose elements are `span` bytes
 * apart. Without factors the span is one group.
 */
function emitPass(m: ModuleBuilder, format: Format, radix: Radix, twiddled: boolean): FunctionBuilder {
  const { width, splat } = format;
  const f = m.func({ params: ["i32", "i32", "i32", "i32"] });
  const [data, end, span, factors] = f.params;
  const legs = f.locals("i32", radix);
  const [blockEnd, factor, skip] = f.locals("i32", 3);
  const o = vectorReals(f, format, hoistConstants(f, format, radix));
  const load = (address: Local, offset: number): Local => {
    const local = f.local("v128");
    f.get(address).mem("v128.load", offset).set(local);
    return local;
  };
  const splatted = (offset: number): Local => {
    const local = f.local("v128");
    f.get(factor).mem(splat, offset).set(local);
    return local;
  };
  const step = (): void => {
    for (let v = 0; v < VECTORS; v++) {
      const at = (v * GROUP) / VECTORS;
      const x = legs.map((leg): Complex<Local> => ({ re: load(leg, at), im: load(leg, at + 16) }));
      butterfly(o, radix, x).forEach((value, place) => {
        const first = 2 * width * (place - 1);
        const y =
          twiddled && place > 0 ? product(o, value, { re: splatted(first), im: splatted(first + width) }) : value;
        f.get(legs[place], y.re).mem("v128.store", at);
        f.get(legs[place], y.im).mem("v128.store", at + 16);
      });
    }
  };
  const setLegs = (): void => {
    for (let leg = 1; leg < radix; leg++) f.sum(legs[leg], legs[leg - 1], span);
  };
  f.get(data).set(legs[0]);
  if (!twiddled) {
    f.loop((again) => {
      for (let leg = 1; leg < radix; leg++) {
        f.get(legs[0])
          .i32Const(leg * GROUP)
          .op("i32.add")
          .set(legs[leg]);
      }
      step();
      f.increment(legs[0], radix * GROUP)
        .get(legs[0], end)
        .op("i32.lt_u")
        .brIf(again);
    });
    return f;
  }
  f.get(span)
    .i32Const(radix - 1)
    .op("i32.mul")
    .set(skip);
  f.loop((nextBlock) => {
    f.sum(blockEnd, legs[0], span).get(factors).set(factor);
    f.loop((again) => {
      setLegs();
      step();
      f.increment(factor, 2 * width * (radix - 1));
      f.increment(legs[0], GROUP).get(legs[0], blockEnd).op("i32.lt_u").brIf(again);
    });
    f.sum(legs[0], legs[0], skip).get(legs[0], end).op("i32.lt_u").brIf(nextBlock);
  });
  return f;
}

/**
 * Emits `pass(radix, data, end, span, factors)` for the given radices: with `span` one group the pass without factors.
 */
export function emitPasses(m: ModuleBuilder, format: Format, radices: readonly Radix[]): FunctionBuilder {
  const passes = radices.map((radix) => ({
    radix,
    plain: emitPass(m, format, radix, false),
    twiddled: emitPass(m, format, radix, true),
  }));
  return m.func({ params: ["i32", "i32", "i32", "i32", "i32"] }, (f) => {
    const [radix, data, end, span, factors] = f.params;
    for (const pass of passes) {
      f.get(radix).i32Const(pass.radix).op("i32.eq");
      f.if(() => {
        f.get(span).i32Const(GROUP).op("i32.eq");
        f.if(
          () => f.get(data, end, span, factors).call(pass.plain),
          () => f.get(data, end, span, factors).call(pass.twiddled),
        );
        f.op("return");
      });
    }
  });
}
