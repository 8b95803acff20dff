/** Checks of definitions and calls of kernels. */
import { backendOf, defaultDevice } from "../device.ts";
import { promote, type DType } from "../dtype.ts";
import { ArgumentError, checkOptions, DTypeError, requireFunction, ShapeError, show } from "../errors.ts";
import { scalarNode } from "../graph/record.ts";
import type { InputSpecs, TypeSpecs } from "../kernel/dsl/context.ts";
import { showShape } from "../shape.ts";
import { requireTensor, Tensor } from "../tensor.ts";
import { cast, copyNode } from "./elementwise.ts";
import type { KernelSpec } from "./kernelTypes.ts";

const TYPES: readonly string[] = ["bool", "i32", "u32", "f32", "f64", "float"];

/** Throws unless a definition is complete and says nothing unknown. */
export function checkSpec(spec: KernelSpec<InputSpecs, TypeSpecs, TypeSpecs>): void {
  if (typeof spec?.name !== "string" || spec.name === "") {
    throw new ArgumentError(`defineKernel: a name is needed (got ${show(spec?.name)}).`);
  }
  const { name } = spec;
  checkOptions(name, spec, ["name", "inputs", "outputs", "attrs", "units", "body", "vjp"]);
  const type = (what: string, t: unknown): void => {
    if (typeof t === "string" && TYPES.includes(t)) return;
    throw new ArgumentError(`${name}: unknown type of ${what} (got ${show(t)}, expected one of ${TYPES.join(", ")}).`);
  };
  const seen = new Set<string>();
  const each = <X>(
    group: string,
    list: Readonly<Record<string, X>> | undefined,
    check: (key: string, x: X) => void,
  ): void => {
    for (const [key, x] of Object.entries(list ?? {})) {
      if (seen.has(key)) throw new ArgumentError(`${name}: a name is used twice (got ${key} among ${group}).`);
      seen.add(key);
      check(key, x);
    }
  };
  each("inputs", spec.inputs, (key, x) => {
    type(key, typeof x === "string" ? x : x?.dtype);
    if (typeof x === "string") return;
    checkOptions(`${name}: input ${key}`, x, ["dtype", "rank"]);
    if (x.rank !== undefined && (!Number.isInteger(x.rank) || x.rank < 0)) {
      throw new ArgumentError(`${name}: rank of ${key} must be a non-negative integer (got ${show(x.rank)}).`);
    }
  });
  each("outputs", spec.outputs, (key, x) => {
    type(key, x?.dtype);
    checkOptions(`${name}: output ${key}`, x, ["dtype", "shape"]);
    requireFunction(`${name}: shape of ${key}`, x.shape);
  });
  if (Object.keys(spec.outputs ?? {}).length === 0) throw new ArgumentError(`${name}: an output is needed (got none).`);
  each("attrs", spec.attrs, type);
  requireFunction(`${name}: units`, spec.units);
  requireFunction(`${name}: body`, spec.body);
  if (spec.vjp !== undefined) requireFunction(`${name}: vjp`, spec.vjp);
}

/** The attributes of a call as numbers. */
export function checkAttrs(
  name: string,
  types: TypeSpecs,
  given: Readonly<Record<string, unknown>>,
): Record<string, number> {
  checkOptions(name, given, Object.keys(types));
  const values: Record<string, number> = {};
  for (const [key, type] of Object.entries(types)) {
    const v = given[key];
    const integer = (low: number, high: number): boolean =>
      Number.isInteger(v) && (v as number) >= low && (v as number) < high;
    let ok = typeof v === "number";
    if (type === "bool") ok = typeof v === "boolean";
    else if (type === "i32") ok = integer(-(2 ** 31), 2 ** 31);
    else if (type === "u32") ok = integer(0, 2 ** 32);
    if (!ok) throw new ArgumentError(`${name}: attribute ${key} must be of type ${type} (got ${show(v)}).`);
    values[key] = Number(v);
  }
  return values;
}

/** The inputs of a call as tensors of the declared types, and what `float` stands for. */
export function checkInputs(
  name: string,
  specs: InputSpecs,
  given: Readonly<Record<string, unknown>>,
): { readonly tensors: Tensor[]; readonly float: "f32" | "f64" } {
  checkOptions(name, given, Object.keys(specs));
  let float: DType | undefined;
  const device =
    Object.values(given).find((x): x is Tensor => x instanceof Tensor)?.backend ?? backendOf(defaultDevice());
  const entries = Object.entries(specs).map(([key, spec]) => {
    const { dtype, rank } = typeof spec === "string" ? { dtype: spec, rank: undefined } : spec;
    const x = given[key];
    if (rank === 0 && typeof x === "number") return { key, dtype, x };
    requireTensor(name, x, key);
    if (rank !== undefined && x.ndim !== rank) {
      throw new ShapeError(
        `${name}: ${key} has the wrong number of axes (got ${showShape(x.shape)}, expected ${rank}).`,
      );
    }
    const fits = dtype === "float" ? x.dtype === "f32" || x.dtype === "f64" : x.dtype === dtype;
    if (!fits) {
      const wanted = dtype === "float" ? "f32 or f64" : dtype;
      throw new DTypeError(
        `${name}: ${key} has the wrong dtype (got ${x.dtype}, expected ${wanted}). Convert with astype().`,
      );
    }
    if (dtype === "float") float = float === undefined ? x.dtype : promote(name, float, x.dtype);
    return { key, dtype, x };
  });
  const common = float === "f64" ? "f64" : "f32";
  const tensors = entries.map(({ dtype, x }) => {
    const type = dtype === "float" ? common : dtype;
    if (typeof x === "number") return copyNode(scalarNode(x, type, device));
    return cast(x, type);
  });
  return { tensors, float: common };
}

/** A gradient that a rule returned. */
export function checkGradient(name: string, key: string, g: Tensor | null, input: Tensor): Tensor | null {
  if (g === null) return null;
  requireTensor(`${name}: vjp`, g, key);
  if (g.s === input.s && g.dtype === input.dtype) return g;
  throw new ShapeError(
    `${name}: vjp gives a gradient that does not fit ${key} (got ${g.dtype}${showShape(g.shape)}, ` +
      `expected ${input.dtype}${showShape(input.shape)}).`,
  );
}
