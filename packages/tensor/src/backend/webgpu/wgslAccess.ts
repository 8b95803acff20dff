/** Loop indices and addresses, shared by map and reduction shaders. */
import { f32Bits } from "./bits.ts";
import { bufferType, type ShaderContext } from "./wgslContext.ts";
import type { Leaves } from "./wgslExpr.ts";

/**
 * Statements that split `flat` into the loop indices `i<first>` ... (i32), the last loop fastest.
 * @param sizes WGSL expressions (u32) of the loops' sizes; the first one is not needed
 */
export function splitIndex(flat: string, sizes: readonly string[], first: number): string[] {
  if (sizes.length === 0) return [];
  const lines: string[] = [];
  let rest = flat;
  for (let d = sizes.length - 1; d > 0; d--) {
    lines.push(`let i${first + d} = i32(${rest} % ${sizes[d]});`);
    lines.push(`let rest${first + d} = ${rest} / ${sizes[d]};`);
    rest = `rest${first + d}`;
  }
  lines.push(`let i${first} = i32(${rest});`);
  return lines;
}

/**
 * The sum of an access's start and its strides times the loop indices `i<from>` ... `i<to - 1>`.
 * @param start WGSL expression to begin with; null begins with the base word of the access
 */
export function address(
  context: ShaderContext,
  access: number,
  start: string | null,
  from: number,
  to: number,
): string {
  const spec = context.kernel.accesses[access];
  const first = context.layout.accesses[access];
  const terms = [start ?? `bitcast<i32>(${context.word(first)})`];
  for (let d = from; d < to; d++) {
    const cls = spec.classes[d];
    if (cls === "0") continue;
    // An iota's "1" says nothing about its plain-integer stride.
    if (cls === "1" && spec.dtype !== null) terms.push(`i${d}`);
    else terms.push(`bitcast<i32>(${context.word(first + 1 + d)}) * i${d}`);
  }
  return terms.join(" + ");
}

/**
 * Statements for position `n` of the four that an invocation takes at a time: addresses `<to><access>` from those of the
 * first position, `<from><access>`.
 * @param inner the loop along which the positions lie
 */
export function addressesAt(context: ShaderContext, from: string, to: string, inner: number, n: number): string[] {
  return context.kernel.accesses.map(({ classes, dtype }, i) => {
    const word = `bitcast<i32>(${context.word(context.layout.accesses[i] + 1 + inner)})`;
    const stride = classes[inner] === "1" && dtype !== null ? String(n) : `${n} * ${word}`;
    const moves = classes[inner] !== "0" && n > 0;
    return `let ${to}${i} = ${from}${i}${moves ? ` + ${stride}` : ""};`;
  });
}

/** Whether an access is to a buffer of vectors. */
export function isWide({ shape }: ShaderContext, access: number): boolean {
  return shape.buffers[access] >= 0 && shape.wide[shape.buffers[access]];
}

/** Statements that load the vectors `<prefix><access>`, whose first elements are at `<from><access>`. */
export function vectorLoads(context: ShaderContext, from: string, prefix: string): string[] {
  return context.kernel.accesses.flatMap(({ use }, i) =>
    use === "load" && isWide(context, i)
      ? [`let ${prefix}${i} = b${context.shape.buffers[i]}[${from}${i} >> 2u];`]
      : [],
  );
}

/**
 * Leaves of expressions whose accesses have their addresses in `<prefix><access>`.
 * @param vectors where element `at` of vectors that were loaded before is read
 * @param suffix of the accumulators' names
 */
export function leavesAt(
  context: ShaderContext,
  prefix: string,
  vectors?: { readonly prefix: string; readonly at: number },
  suffix = "",
): Leaves {
  const { kernel, shape, constants } = context;
  return {
    f32: (value) => `k${constants.indexOf(f32Bits(value))}`,
    param: (slot) => `p${slot}`,
    iota: (access) => `${prefix}${access}`,
    load: (access, index) => {
      const at = index === undefined ? `${prefix}${access}` : `${prefix}${access} + ${index}`;
      const word =
        vectors !== undefined && isWide(context, access)
          ? `${vectors.prefix}${access}.${"xyzw"[vectors.at]}`
          : `b${shape.buffers[access]}[${at}]`;
      return kernel.accesses[access].dtype === "bool" ? `${word} != 0u` : word;
    },
    acc: (slot) => `acc${slot}${suffix}`,
    accOther: (slot) => `other${slot}`,
  };
}

/**
 * Statements that write the kernel's stores; `values` are WGSL expressions.
 * @param element of the vectors `out0`, ... to which stores to buffers of vectors go
 */
export function storeLines(context: ShaderContext, prefix: string, values: readonly string[], element = ""): string[] {
  return context.kernel.stores.map((store, k) => {
    const dtype = context.kernel.accesses[store.access].dtype;
    const value = dtype === "bool" ? `${bufferType(dtype)}(${values[k]})` : values[k];
    if (isWide(context, store.access)) return `out${k}.${element} = ${value};`;
    return `b${context.shape.buffers[store.access]}[${prefix}${store.access}] = ${value};`;
  });
}
