/** log I, log K and their ratios as operations on tensors. */
import { abs, add, ArgumentError, broadcastTo, div, full, isTensor, mul, sub, type Tensor } from "@ansatz/tensor";
import { defineKernel, type Value } from "@ansatz/tensor/kernel";
import {
  choose,
  debyeLog,
  debyeSlope,
  isModerate,
  seriesLogI,
  seriesTail,
  smallLogK,
  smallRatioK,
  type Body,
  type Float,
} from "./besselBodies.ts";
import { LOG_REGION, RATIO_REGION, type Region } from "./debye.ts";

type Name = "logI" | "logK" | "ratioI" | "ratioK";

/** `isInside` of `debye.ts`. */
function isInside(region: Region, v: Float, x: Float): Value<"bool"> {
  return v.ge(region.order).or(x.ge(region.argument));
}

/** The function for 0 <= v < infinity and 0 < x < infinity. */
const INSIDE: Readonly<Record<Name, (k: Body, v: Float, x: Float) => Float>> = {
  logI: (k, v, x) =>
    choose(
      k,
      isInside(LOG_REGION, v, x),
      () => debyeLog(k, v, x, 1, false),
      () => seriesLogI(k, v, x),
    ),
  logK: (k, v, x) =>
    choose(
      k,
      isInside(LOG_REGION, v, x),
      () => debyeLog(k, v, x, -1, false),
      () => smallLogK(k, v, x),
    ),
  ratioI: (k, v, x) =>
    choose(
      k,
      isInside(RATIO_REGION, v, x),
      () => {
        const { r, inverse, slope } = debyeSlope(k, v, x, 1);
        const correction = x.mul(inverse).mul(inverse).mul(slope.add(0.5));
        return x.div(v.add(r)).sub(correction);
      },
      () => {
        const next = seriesTail(k, v.add(1), x).add(1);
        return x
          .mul(0.5)
          .div(v.add(1))
          .mul(next.div(seriesTail(k, v, x).add(1)));
      },
    ),
  ratioK: (k, v, x) =>
    choose(
      k,
      isInside(RATIO_REGION, v, x),
      () => {
        const { r, inverse, slope } = debyeSlope(k, v, x, -1);
        return v
          .add(r)
          .div(x)
          .add(x.mul(inverse).mul(inverse).mul(slope.add(0.5)));
      },
      () => smallRatioK(k, v, x),
    ),
};

/** The function where most arguments are: a shorter way for orders >= 0 that are, as x is, neither huge nor tiny. */
const USUAL: Readonly<Partial<Record<Name, (k: Body, v: Float, x: Float) => Float>>> = {
  logI: (k, v, x) => debyeLog(k, v, x, 1, true),
  logK: (k, v, x) => debyeLog(k, v, x, -1, true),
};

/** Values at x = 0 for v = 0 and for v > 0, and at x = infinity. */
const ENDS: Readonly<Record<Name, readonly [number, number, number]>> = {
  logI: [0, -Infinity, Infinity],
  logK: [Infinity, Infinity, -Infinity],
  ratioI: [0, 0, 1],
  ratioK: [Infinity, Infinity, 1],
};

/** The function of any numbers. */
function anywhere(k: Body, name: Name, order: Float, x: Float): Float {
  const even = name === "logK" ? order.eq(order) : order.ge(0).or(order.eq(order.round()));
  const allowed = name === "ratioI" || name === "ratioK" ? order.ge(0) : even;
  const v = order.abs();
  const finite: Value<"bool"> = x.gt(0).and(x.lt(Infinity)).and(v.lt(Infinity));
  // Outside, the function is computed somewhere inside and not used.
  const inside = INSIDE[name](
    k,
    k.select(finite, v, k.constant("float", RATIO_REGION.order)),
    k.select(finite, x, k.constant("float", 1)),
  );
  const [atZero, above, far] = ENDS[name].map((value) => k.constant("float", value));
  const zero = k.select(v.eq(0), atZero, above);
  const edge = k.select(x.eq(0), zero, k.select(x.gt(0).and(v.lt(Infinity)), far, Number.NaN));
  return k.select(allowed.and(v.eq(v)), k.select(finite, inside, edge), Number.NaN);
}

/** Makes an operation; `slope` is its derivative in x, made of other operations. */
function define(name: Name, slope: (v: Tensor, x: Tensor) => Tensor): (v: Tensor, x: Tensor) => Tensor {
  const kernel = defineKernel({
    name,
    inputs: { v: "float", x: "float" },
    outputs: { y: { dtype: "float", shape: ({ x }) => x } },
    units: ({ x }) => x.reduce((a, b) => a * b, 1),
    body: (k) => {
      const order = k.load(k.inputs.v, k.index);
      const x = k.load(k.inputs.x, k.index);
      const tools = k as unknown as Body;
      const usual = USUAL[name];
      if (usual === undefined) {
        k.store(k.outputs.y, k.index, anywhere(tools, name, order, x));
        return;
      }
      // Computed for all: branches with masks cost more than what is thrown away.
      const value = k.variable("float", usual(tools, order, x));
      const isUsual = order
        .ge(0)
        .and(isModerate(order, x))
        .and(isInside(LOG_REGION, order, x));
      k.if(isUsual.not(), () => value.set(anywhere(tools, name, order, x)));
      k.store(k.outputs.y, k.index, value.get());
    },
    vjp: ({ y }, { inputs: { v, x } }) => ({ x: mul(y, slope(v, x)) }),
  });
  return (v, x) => kernel({ v, x }).y;
}

const ratioI = define("ratioI", (v, x) => {
  // r' = 1 - r (r + (2 v + 1) / x)
  const r = ratioI(v, x);
  return sub(1, mul(r, add(r, div(add(mul(v, 2), 1), x))));
});

const ratioK = define("ratioK", (v, x) => {
  // r' = r (r - (2 v + 1) / x) - 1
  const r = ratioK(v, x);
  return sub(mul(r, sub(r, div(add(mul(v, 2), 1), x))), 1);
});

const OPERATIONS = {
  logI: define("logI", (v, x) => add(ratioI(abs(v), x), div(abs(v), x))),
  logK: define("logK", (v, x) => sub(div(abs(v), x), ratioK(abs(v), x))),
  ratioI,
  ratioK,
};

/** The operation on operands of which one is a tensor, broadcast against each other. */
export function besselTensor(name: Name, label: string, v: Tensor | number, x: Tensor | number): Tensor {
  const given = isTensor(v) ? v : (x as Tensor);
  const other = (value: Tensor | number): Tensor =>
    isTensor(value) ? value : full([], value, { dtype: given.dtype as "f32" | "f64", device: given.device });
  const [order, argument] = [other(v), other(x)];
  if ((order.dtype !== "f32" && order.dtype !== "f64") || argument.dtype !== order.dtype) {
    throw new ArgumentError(
      `${label}: order and argument must be floats of one type (got ${order.dtype} and ${argument.dtype}, expected f32 or f64). Convert with astype().`,
    );
  }
  const shape = broadcastShape(label, order.shape, argument.shape);
  return OPERATIONS[name](broadcastTo(order, shape), broadcastTo(argument, shape));
}

function broadcastShape(label: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [m, n] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1];
    if (m !== n && m !== 1 && n !== 1) {
      throw new ArgumentError(
        `${label}: the shapes do not fit (got [${a.join(", ")}] and [${b.join(", ")}], expected shapes that broadcast).`,
      );
    }
    return m === 1 ? n : m;
  });
}
