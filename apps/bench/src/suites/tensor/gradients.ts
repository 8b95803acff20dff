/** E1 and E2: derivatives against differences, and adjoints against the maps themselves. */
import { jvp, scope, sum, tensor, vjp, type Tensor } from "@ansatz/tensor";
import { key, uniform } from "@ansatz/tensor/random";
import { ELEMENTWISE, gradcheck } from "@ansatz/tensor/testing";
import { breathe } from "../../cli/io.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";
import { LINEAR, NONLINEAR, type Tried } from "./operations.ts";

/** Uniform f64 values. */
async function draw(
  seed: number,
  stream: number,
  shape: readonly number[],
  low = -2,
  high = 2,
): Promise<Tensor<"f64">> {
  // Held as data: a check evaluates its function many times.
  using u = uniform(key(seed).fold(stream), shape, { dtype: "f64", low, high, device: "cpu" });
  return tensor(await u.data(), { shape, device: "cpu" }) as Tensor<"f64">;
}

/** Largest difference accepted while measuring; the row's target decides. */
const ANY = 1e300;

async function worstGradient(
  context: FigureContext,
  stream: number,
  { shapes, apply }: Pick<Tried, "shapes" | "apply">,
  domains?: readonly (readonly [number, number])[],
): Promise<number> {
  const inputs = await Promise.all(
    shapes.map((shape, i) => draw(context.seed, 100 * stream + i, shape, domains?.[i][0], domains?.[i][1])),
  );
  const worst = await gradcheck(apply, inputs, { tolerance: ANY });
  for (const x of inputs) x.dispose();
  return worst;
}

function worstRow(id: string, title: string, found: ReadonlyMap<string, number>, goal: number): Row {
  const [name, value] = [...found].reduce((a, b) => (b[1] > a[1] || Number.isNaN(b[1]) ? b : a));
  return makeRow({
    id,
    title,
    unit: "relative",
    better: "less",
    value,
    runs: found.size,
    target: { relation: "<=", value: goal },
    note: `${found.size} operations; the worst is ${name}`,
  });
}

export const e1: Figure = {
  id: "E1",
  title: "gradients against central differences, f64",
  async run(context) {
    const elementwise = new Map<string, number>();
    const others = new Map<string, number>();
    for (const [i, { op, apply, domain }] of ELEMENTWISE.entries()) {
      if (op.vjp === undefined) continue;
      context.report(op.name);
      const shapes = domain.map(() => [5]);
      elementwise.set(op.name, await worstGradient(context, i, { shapes, apply }, domain));
      await breathe(context.signal);
    }
    for (const [i, tried] of [...LINEAR, ...NONLINEAR].entries()) {
      context.report(tried.name);
      others.set(tried.name, await worstGradient(context, 1000 + i, tried));
      await breathe(context.signal);
    }
    return [
      worstRow("E1.elementwise", "largest error of elementwise gradients", elementwise, 1e-6),
      worstRow("E1.others", "largest error of other gradients", others, 1e-6),
    ];
  },
};

/** `|<y, A x> - <A^T y, x>|` relative to `|y| |A x| + |A^T y| |x|`, with A x once by itself and once by forward mode. */
async function adjointError(context: FigureContext, stream: number, { shapes, apply }: Tried): Promise<number> {
  const at = (k: number, shape: readonly number[]): Promise<Tensor<"f64">> =>
    draw(context.seed, 50_000 + 100 * stream + k, shape);
  const xs = await Promise.all(shapes.map((shape, k) => at(k, shape)));
  const point = await Promise.all(shapes.map((shape, k) => at(20 + k, shape)));
  const image = scope(() => apply(...xs).eval());
  const y = await at(40, image.shape);
  const numbers = scope(() => {
    const inner = (a: readonly Tensor[], b: readonly Tensor[]): Tensor =>
      a.map((t, k) => sum(t.mul(b[k]))).reduce((s, t) => s.add(t));
    const pulled = vjp(apply, ...point).pull(y) as unknown as Tensor[];
    const { tangent } = jvp(apply, point, xs as Tensor[]);
    return [
      inner([y], [image]),
      inner(pulled, xs),
      inner([y], [tangent]),
      inner([y], [y]),
      inner([image], [image]),
      inner(pulled, pulled),
      inner(xs, xs),
    ];
  });
  const [left, right, forward, yy, aa, pp, xx] = await Promise.all(numbers.map(async (t) => Number(await t.item())));
  for (const t of [...numbers, ...xs, ...point, image, y]) t.dispose();
  const scale = Math.sqrt(yy * aa) + Math.sqrt(pp * xx);
  return Math.max(Math.abs(left - right), Math.abs(forward - right)) / scale;
}

export const e2: Figure = {
  id: "E2",
  title: "adjoints of linear operations: <y, A x> = <A^T y, x>, f64",
  async run(context) {
    const found = new Map<string, number>();
    for (const [i, tried] of LINEAR.entries()) {
      context.report(tried.name);
      found.set(tried.name, await adjointError(context, i, tried));
      await breathe(context.signal);
    }
    return [worstRow("E2", "largest relative difference", found, 1e-12)];
  },
};
