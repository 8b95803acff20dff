/** jax-js with its WebAssembly backend: functions are compiled by `jit` where the work does not forbid it. */
import { inProcessAsync } from "../measure/interleave.ts";
import { versionOf } from "../measure/environment.ts";
import { ADAM, ramp, type Peer, type Prepared, type Work } from "./work.ts";

const NAME = "jax-js";

/** Starts the backend. */
export async function openJax(): Promise<Peer> {
  const { defaultDevice, init, jit, lax, nn, numpy: np } = await import("@jax-js/jax");
  await init("wasm");
  defaultDevice("wasm");
  type A = ReturnType<typeof np.zeros>;

  // Operations consume their operands; `.ref` keeps one alive for another use.
  const expression = (compute: () => A, inputs: readonly A[]): Prepared => ({
    ...inProcessAsync(NAME, async () => {
      const y = compute();
      await y.blockUntilReady();
      y.dispose();
    }),
    result: async () => await compute().data(),
    release: () => inputs.forEach((x) => x.dispose()),
  });
  const vector = (size: number): A => np.array(ramp(size));
  const matrix = (rows: number, columns: number, shift = 0): A =>
    np.array(ramp(rows * columns, shift)).reshape([rows, columns]);
  const unary = (x: A, f: (x: A) => A): Prepared => {
    const compiled = jit(f);
    return expression(() => compiled(x.ref), [x]);
  };

  const adam = (size: number): Prepared => {
    const { learningRate, beta1, beta2, epsilon } = ADAM;
    const step = jit((p: A, m: A, v: A, g: A, rate: A, correction: A): A[] => {
      const m2 = m.mul(beta1).add(g.ref.mul(1 - beta1));
      const v2 = v.mul(beta2).add(g.ref.mul(g).mul(1 - beta2));
      const root = np.sqrt(v2.ref).mul(correction).add(epsilon);
      return [p.sub(m2.ref.mul(rate).div(root)), m2, v2];
    });
    const g = vector(size);
    let [p, m, v] = [vector(size), np.zeros([size]), np.zeros([size])];
    let t = 0;
    const run = async (): Promise<void> => {
      t += 1;
      const rate = np.array(learningRate / (1 - beta1 ** t));
      [p, m, v] = step(p, m, v, g.ref, rate, np.array(1 / Math.sqrt(1 - beta2 ** t))) as [A, A, A];
      await p.blockUntilReady();
    };
    return {
      ...inProcessAsync(NAME, run),
      async result() {
        await run();
        return await p.ref.data();
      },
      release: () => [p, m, v, g].forEach((x) => x.dispose()),
    };
  };

  const transform = (shape: readonly number[]): Prepared => {
    const size = shape.reduce((a, b) => a * b, 1);
    const [re, im] = [0, 0.5].map((shift) => np.array(ramp(size, shift)).reshape([...shape]));
    const compute = jit((real: A, imag: A): A[] => {
      const y = np.fft.fftn({ real, imag });
      return [y.real, y.imag];
    });
    return {
      ...inProcessAsync(NAME, async () => {
        const parts = compute(re.ref, im.ref);
        for (const y of parts) await y.blockUntilReady();
        for (const y of parts) y.dispose();
      }),
      async result() {
        const [real, imag] = await Promise.all(compute(re.ref, im.ref).map((y) => y.data()));
        return Float64Array.from({ length: 2 * size }, (_, i) => (i % 2 === 0 ? real : imag)[i >> 1]);
      },
      release: () => [re, im].forEach((x) => x.dispose()),
    };
  };

  const prepare = (work: Work): Prepared | undefined => {
    switch (work.kind) {
      case "affineChain":
        return unary(vector(work.size), (x) => x.ref.mul(2).add(1).mul(x));
      case "tanhChain":
        return unary(vector(work.size), (x) => np.tanh(x.ref.mul(2).add(1)).mul(x));
      case "expChain":
        return unary(vector(work.size), (x) => np.exp(np.square(x.mul(2).add(1)).mul(-0.5)));
      case "scalarChain": {
        // A new constant would compile anew in jit, so this one runs operation by operation.
        const x = vector(work.size);
        let c = 1;
        return expression(() => {
          c += 1e-6;
          return x.ref.mul(c).add(1).mul(2).add(0.5).mul(c).sub(c);
        }, [x]);
      }
      case "matmul": {
        if (work.dtype === "f64") return undefined;
        const a = matrix(work.n, work.n);
        const b = matrix(work.n, work.n, 0.5);
        const product = jit((p: A, q: A) => np.matmul(p, q));
        return expression(() => product(a.ref, b.ref), [a, b]);
      }
      case "softmax":
        return unary(matrix(work.rows, work.columns), (x) => nn.softmax(x, 1));
      case "layerNorm":
        return unary(matrix(work.rows, work.columns), (x) => {
          const centered = x.ref.sub(np.mean(x, 1, { keepdims: true }));
          const variance = np.mean(np.square(centered.ref), 1, { keepdims: true });
          return centered.div(np.sqrt(variance.add(1e-5)));
        });
      case "sum": {
        const { axis } = work;
        return unary(matrix(work.rows, work.columns), (x) => np.sum(x, axis));
      }
      case "fft":
        return work.dtype === "c64" ? transform(work.shape) : undefined;
      case "conv2d": {
        const { batch, channels, outputs, size } = work;
        const x = vector(batch * channels * size ** 2).reshape([batch, channels, size, size]);
        const w = np.array(ramp(outputs * channels * 9, 0.25)).reshape([outputs, channels, 3, 3]);
        const convolution = jit((p: A, q: A) => lax.conv(p, q, [1, 1], "SAME"));
        return expression(() => convolution(x.ref, w.ref), [x, w]);
      }
      case "factor":
      case "conv2dGradients":
        return undefined;
      case "adam":
        return adam(work.size);
    }
  };
  return {
    name: NAME,
    version: (await versionOf("@jax-js/jax")) ?? null,
    prepare: (work) => Promise.resolve(prepare(work)),
    close: () => undefined,
  };
}
