/** Checkpoints: the same values and gradients, intermediate results computed again, and less memory. */
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { expectClose } from "@ansatz/tensor/testing";
import { checkpoint, hessianVector, jacobian, vmap } from "@ansatz/tensor/transform";
import { seeded } from "../support/random.ts";
import { loss, smoothInputs, smoothProgram } from "../support/smooth.ts";

const values = (t: Tensor): number[] => Array.from(t.dataSync() as ArrayLike<number>);

describe("checkpoint", () => {
  it("has the same value and derivatives, alone and composed", () => {
    for (let seed = 0; seed < 12; seed++) {
      const program = smoothProgram(seeded(seed + 300), 7);
      const [x, v] = [smoothInputs(seeded(seed), program, "f64"), smoothInputs(seeded(seed + 1), program, "f64")];
      const plain = (p: Tensor[]): Tensor => loss(program.run(...p));
      const held = (p: Tensor[]): Tensor => loss(checkpoint((...a: Tensor[]) => program.run(...a))(...p));
      // Part of it captured instead of handed in.
      const capturing = (p: Tensor[]): Tensor =>
        loss(checkpoint((a: Tensor) => program.run(T.sin(a), p[1], p[2]))(T.asin(T.mul(p[0], 0.9))));
      const plainAlike = (p: Tensor[]): Tensor => loss(program.run(T.sin(T.asin(T.mul(p[0], 0.9))), p[1], p[2]));
      const close = (got: Tensor[], want: Tensor[]): void =>
        got.forEach((t, i) =>
          expectClose(values(t), values(want[i]), { absolute: 1e-11, relative: 1e-11 }, `seed ${seed}`),
        );
      const want = T.grad(plain)(x);
      close([held(x)], [plain(x)]);
      close(T.grad(held)(x), want);
      close(T.compile(T.grad(held))(x), want);
      close(T.grad(capturing)(x), T.grad(plainAlike)(x));
      close([T.jvp(held, [x], [v]).tangent], [T.jvp(plain, [x], [v]).tangent]);
      close(hessianVector(held)(x, v), hessianVector(plain)(x, v));
      close(T.grad(checkpoint(held))(x), want);
      const batch = x.map((t, i) => T.stack([t, v[i]]));
      close(vmap(T.grad(held))(batch), vmap(T.grad(plain))(batch));
      const total = (f: typeof plain) => (p: Tensor[]) => T.sum(vmap(f)(p));
      close(T.grad(total(held))(batch), T.grad(total(plain))(batch));
      close(T.grad(total(capturing))(batch), T.grad(total(plainAlike))(batch));
      close(jacobian(held)(x), want);
    }
  });

  it("runs the function once more for a gradient, and once without one", () => {
    let runs = 0;
    const f = checkpoint((a: Tensor) => {
      runs++;
      return T.exp(a);
    });
    const x = T.ones([2]);
    f(x);
    expect(runs).toBe(1);
    T.grad((a: Tensor) => T.sum(f(a)))(x);
    expect(runs).toBe(3);
  });

  it("takes integers and trees, and refuses what is no function", () => {
    const at = T.tensor([1, 1], { dtype: "i32" });
    const f = checkpoint((p: { a: Tensor; at: Tensor }) => [T.square(T.take(p.a, p.at)), p.at]);
    const g = T.grad((a: Tensor) => T.sum(f({ a, at })[0]))(T.tensor([3, 5]));
    expect(values(g)).toEqual([0, 20]);
    expect(() => checkpoint(1 as never)).toThrow("checkpoint: a function is needed (got 1)");
  });

  it("needs less memory for a deep network", () => {
    const width = 64;
    const batch = 512;
    const depth = 12;
    const activation = batch * width * 4;
    const r = seeded(4);
    const w = T.tensor(
      Float32Array.from({ length: width * width }, () => 0.2 * (r.next() - 0.5)),
      { shape: [width, width] },
    );
    const x = T.ones([batch, width]).eval();
    // Three stored intermediates per block.
    const block = (a: Tensor, p: Tensor): Tensor => {
      let y = a;
      for (let i = 0; i < 3; i++) y = T.tanh(T.matmul(y, p));
      return y;
    };
    const network =
      (f: (a: Tensor, p: Tensor) => Tensor) =>
      (p: Tensor): Tensor => {
        let y: Tensor = x;
        for (let i = 0; i < depth; i++) y = f(y, p);
        return T.mean(T.square(y));
      };
    /** The highest memory so far beyond what is held now, in activations. */
    const peakOf = (gradient: (p: Tensor) => Tensor): { peak: number; g: number[] } => {
      const before = T.memory().used;
      const g = values(gradient(w));
      return { peak: (T.memory().peak - before) / activation, g };
    };
    const held = network(checkpoint(block));
    const again = peakOf(T.grad(held));
    const compiled = peakOf(T.compile(T.grad(held)));
    const kept = peakOf(T.grad(network(block)));
    expectClose(again.g, kept.g, { absolute: 1e-6 });
    expectClose(compiled.g, kept.g, { absolute: 1e-6 });
    // 36 activations are kept without checkpoints, 12 and those of one block with them.
    expect(kept.peak).toBeGreaterThan(3 * depth);
    expect(again.peak).toBeLessThan(0.6 * kept.peak);
    expect(compiled.peak).toBeLessThan(0.6 * kept.peak);
  });
});
