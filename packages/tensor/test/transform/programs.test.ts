/** Random programs under transforms: gradients against differences, forward against reverse mode, compiled against not. */
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";
import { seeded } from "../support/random.ts";
import { loss, smoothInputs, smoothProgram, type Program } from "../support/smooth.ts";

const COUNT = 60;
const STEPS = 9;

function each(
  from: number,
  count: number,
  run: (seed: number, program: Program) => void | Promise<void>,
): Promise<void> {
  return (async () => {
    for (let seed = from; seed < from + count; seed++) {
      const program = smoothProgram(seeded(seed), STEPS);
      try {
        await run(seed, program);
      } catch (error) {
        (error as Error).message = `seed ${seed}: ${(error as Error).message}\n${program.text}`;
        throw error;
      }
    }
  })();
}

const values = (t: Tensor): number[] => Array.from(t.dataSync() as ArrayLike<number>);
const all = (list: readonly Tensor[]): number[] => list.flatMap(values);
const dot = (a: readonly Tensor[], b: readonly Tensor[]): number => {
  const y = all(b);
  return all(a).reduce((s, x, i) => s + x * y[i], 0);
};

describe("random differentiable programs in f64", () => {
  it("gradients equal differences", async () => {
    await each(0, COUNT, async (seed, program) => {
      const inputs = smoothInputs(seeded(seed + 1e6), program, "f64") as Tensor<"f64">[];
      await gradcheck((...x) => loss(program.run(...x)), inputs, { tolerance: 2e-7, step: 1e-3 });
    });
  }, 120_000);

  it("directional derivatives equal differences, and those of reverse mode", async () => {
    await each(1000, COUNT, (seed, program) => {
      const r = seeded(seed + 1e6);
      const x = smoothInputs(r, program, "f64");
      const t = smoothInputs(r, program, "f64");
      const f = (...a: Tensor[]): Tensor[] => program.run(...a);
      const { value, tangent } = T.jvp(f, x, t);
      const at = (h: number): number[] => all(f(...x.map((p, i) => T.add(p, T.mul(t[i], h)))));
      expectClose(all(value), at(0), { absolute: 1e-13 }, "value");
      const h = 1e-3;
      const [a, b, c, d] = [at(h), at(-h), at(h / 2), at(-h / 2)];
      const differences = a.map((_, i) => (4 * ((c[i] - d[i]) / h) - (a[i] - b[i]) / (2 * h)) / 3);
      expectClose(all(tangent), differences, { absolute: 1e-8, relative: 1e-7 }, "tangent");
      // <J t, y> = <t, J^T y>
      const y = value.map((v) => T.sin(T.add(T.reshape(T.astype(T.iota([v.size]), "f64"), v.shape), 0.3)));
      const pulled = T.vjp(f, ...x).pull(y);
      const [left, right] = [dot(tangent, y), dot(t, pulled)];
      expect(Math.abs(left - right)).toBeLessThanOrEqual(1e-11 * (1 + Math.abs(left)));
    });
  }, 120_000);

  it("Hessians are symmetric, whichever way they are formed", async () => {
    await each(2000, COUNT / 2, (seed, program) => {
      const r = seeded(seed + 1e6);
      const x = smoothInputs(r, program, "f64");
      const [u, v] = [smoothInputs(r, program, "f64"), smoothInputs(r, program, "f64")];
      const f = (a: readonly Tensor[]): Tensor => loss(program.run(...a));
      const forwardOverReverse = T.jvp((a: Tensor[]) => T.grad(f)(a), [x], [u]).tangent;
      const [reverseOverForward] = T.vjp((a: Tensor[]) => T.jvp(f, [a], [u]).tangent, x).pull(
        T.ones([], { dtype: "f64" }),
      );
      const reverseOverReverse = T.grad((a: readonly Tensor[]) =>
        T.grad(f)(a)
          .map((g, i) => T.sum(T.mul(g, u[i])))
          .reduce((s, g) => T.add(s, g)),
      )(x);
      const want = all(forwardOverReverse);
      const scale = Math.max(1, ...want.map(Math.abs));
      expectClose(all(reverseOverForward), want, { absolute: 1e-11 * scale }, "reverse over forward");
      expectClose(all(reverseOverReverse), want, { absolute: 1e-11 * scale }, "reverse over reverse");
      const other = T.jvp((a: Tensor[]) => T.grad(f)(a), [x], [v]).tangent;
      expect(Math.abs(dot(forwardOverReverse, v) - dot(other, u))).toBeLessThanOrEqual(1e-10 * scale);
    });
  }, 120_000);
});

describe("random programs under compile", () => {
  it.each(["f32", "f64"] as const)(
    "%s: equal what they are without, at every call",
    async (dtype) => {
      await each(3000, COUNT, (seed, program) => {
        const r = seeded(seed + 1e6);
        const captured = smoothInputs(r, program, dtype);
        const pending = T.sin(captured[0]);
        const donate = r.next() < 0.5 ? [0] : [];
        // Arguments pass through, results repeat, a number and captured tensors take part.
        const f = (tree: { x: Tensor; rest: Tensor[] }, c: T.Operand): Tensor[] => {
          const results = program.run(T.mul(tree.x, c), T.add(tree.rest[0], captured[1]), tree.rest[1]);
          return [...results, tree.x, results[0], captured[2], pending, T.add(T.sum(pending), c)];
        };
        const compiled = T.compile(f as never, { donate }) as unknown as (
          tree: { x: Tensor; rest: Tensor[] },
          c: number,
        ) => Tensor[];
        for (let call = 0; call < 3; call++) {
          const inputs = smoothInputs(r, program, dtype);
          const tree = { x: call === 1 ? T.mul(inputs[0], 0.5) : inputs[0], rest: inputs.slice(1) };
          const c = r.next();
          const want = f(tree, c).map(values);
          const got = compiled(tree, c);
          expect(tree.x.disposed).toBe(donate.length > 0);
          expect(new Set(got).size).toBe(got.length);
          got.forEach((t, i) => {
            const tolerance = dtype === "f64" ? 1e-13 : 3e-6;
            expectClose(values(t), want[i], { absolute: tolerance }, `call ${call}, result ${i}`);
          });
          // Results are nobody else's.
          got[r.int(0, got.length - 1)].dispose();
          expectClose(values(captured[2]), want[want.length - 3], {}, "captured");
        }
      });
    },
    120_000,
  );

  it("gradients and tangents compile too", async () => {
    await each(4000, COUNT / 3, (seed, program) => {
      const r = seeded(seed + 1e6);
      const f = (a: readonly Tensor[]): Tensor => loss(program.run(...a));
      const both = (a: readonly Tensor[], t: readonly Tensor[]): Tensor[] => [
        ...T.grad(f)(a),
        T.jvp(f, [a], [t]).tangent,
        ...T.grad(T.compile(f))(a),
      ];
      const compiled = T.compile(both);
      for (let call = 0; call < 2; call++) {
        const [x, t] = [smoothInputs(r, program, "f64"), smoothInputs(r, program, "f64")];
        expectClose(all(compiled(x, t)), all(both(x, t)), { absolute: 1e-12, relative: 1e-12 });
      }
    });
  }, 120_000);
});
