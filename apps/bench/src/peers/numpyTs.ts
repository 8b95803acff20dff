/** numpy-ts: eager arrays with WebAssembly kernels. */
import { inProcess } from "../measure/interleave.ts";
import { versionOf } from "../measure/environment.ts";
import { magnitudes, matrixFor } from "./matrices.ts";
import { ADAM, complexRamp, ramp, type Peer, type Prepared, type Work } from "./work.ts";

const NAME = "numpy-ts";

/** Whether the library has its memory. */
let configured = false;

/** Loads the library. */
export async function openNumpyTs(): Promise<Peer> {
  const np = await import("numpy-ts");
  if (!configured) {
    // The largest work, a step of Adam, does not fit into the usual 256 MiB. Only possible before the first array.
    np.configureWasm({ maxMemory: 2 ** 30 });
    configured = true;
  }
  type A = ReturnType<typeof np.zeros>;
  const read = (y: A): ArrayLike<number> => Float64Array.from(y.flatten().tolist() as number[]);

  // Arrays that nobody disposes fill the WebAssembly heap: every intermediate is noted and freed after the run.
  const made: A[] = [];
  const keep = (x: unknown): A => {
    made.push(x as A);
    return x as A;
  };
  const free = (): void => made.splice(0).forEach((x) => x.dispose());
  const expression = (compute: () => A, inputs: readonly A[]): Prepared => ({
    ...inProcess(NAME, () => {
      compute();
      free();
    }),
    result() {
      const values = read(compute());
      free();
      return Promise.resolve(values);
    },
    release: () => inputs.forEach((x) => x.dispose()),
  });
  const vector = (size: number): A => np.array(Array.from(ramp(size)), "float32");
  const matrix = (rows: number, columns: number, dtype: "float32" | "float64", shift = 0): A =>
    np.array(Array.from(ramp(rows * columns, shift)), dtype).reshape(rows, columns);

  const adam = (size: number): Prepared => {
    const { learningRate, beta1, beta2, epsilon } = ADAM;
    const g = vector(size);
    let state = [vector(size), np.zeros([size], "float32"), np.zeros([size], "float32")];
    let t = 0;
    const run = (): void => {
      t += 1;
      const [p, m, v] = state;
      const m2 = keep(m.multiply(beta1)).add(keep(g.multiply(1 - beta1)));
      const v2 = keep(v.multiply(beta2)).add(keep(keep(g.multiply(g)).multiply(1 - beta2)));
      const root = keep(keep(keep(np.sqrt(v2)).multiply(1 / Math.sqrt(1 - beta2 ** t))).add(epsilon));
      const p2 = p.subtract(keep(keep(m2.multiply(learningRate / (1 - beta1 ** t))).divide(root)));
      free();
      for (const x of state) x.dispose();
      state = [p2, m2, v2];
    };
    return {
      ...inProcess(NAME, run),
      result: () => {
        run();
        return Promise.resolve(read(state[0]));
      },
      release: () => [...state, g].forEach((x) => x.dispose()),
    };
  };

  const transform = (shape: readonly number[], dtype: "complex64" | "complex128"): Prepared => {
    const parts = complexRamp(shape.reduce((a, b) => a * b, 1));
    const numbers = Array.from({ length: parts.length / 2 }, (_, i) => new np.Complex(parts[2 * i], parts[2 * i + 1]));
    const x = np.array(numbers, dtype).reshape(...shape);
    const compute = (): A => keep(shape.length === 1 ? np.fft.fft(x) : np.fft.fft2(x));
    return {
      ...expression(compute, [x]),
      result() {
        const values = Float64Array.from(compute().data as Float64Array);
        free();
        return Promise.resolve(values);
      },
    };
  };

  /** Largest n of decompositions that take seconds to minutes for larger ones. */
  const slow = 128;
  const factor = ({ factorization, n, dtype }: Extract<Work, { kind: "factor" }>): Prepared | undefined => {
    if (dtype !== "f64") return undefined;
    if (factorization === "lu" || (n > slow && ["qr", "eigh", "svd"].includes(factorization))) return undefined;
    const a = np.array(Array.from(matrixFor(factorization, n)), "float64").reshape(n, n);
    const { linalg } = np;
    const compute = (): A => {
      if (factorization === "cholesky") return keep(linalg.cholesky(a));
      if (factorization === "solve") return keep(linalg.solve(a, a));
      if (factorization === "qr") {
        const { q, r } = linalg.qr(a) as { q: A; r: A };
        keep(q);
        return keep(r);
      }
      if (factorization === "eigh") {
        const { w, v } = linalg.eigh(a) as { w: A; v: A };
        keep(v);
        return keep(w);
      }
      const { u, s, vt } = linalg.svd(a) as { u: A; s: A; vt: A };
      keep(u);
      keep(vt);
      return keep(s);
    };
    return {
      ...expression(compute, [a]),
      result() {
        // What these functions give cannot be flattened.
        const values = Float64Array.from((compute().tolist() as number[][]).flat());
        free();
        return Promise.resolve(factorization === "qr" ? magnitudes(values) : values);
      },
    };
  };

  const prepare = (work: Work): Prepared | undefined => {
    switch (work.kind) {
      case "affineChain": {
        const x = vector(work.size);
        return expression(() => keep(keep(keep(x.multiply(2)).add(1)).multiply(x)), [x]);
      }
      case "tanhChain": {
        const x = vector(work.size);
        return expression(() => keep(keep(np.tanh(keep(keep(x.multiply(2)).add(1)))).multiply(x)), [x]);
      }
      case "expChain": {
        const x = vector(work.size);
        return expression(() => {
          const square = keep(np.square(keep(keep(x.multiply(2)).add(1))));
          return keep(np.exp(keep(square.multiply(-0.5))));
        }, [x]);
      }
      case "scalarChain": {
        const x = vector(work.size);
        let c = 1;
        return expression(() => {
          c += 1e-6;
          const inner = keep(keep(keep(keep(x.multiply(c)).add(1)).multiply(2)).add(0.5));
          return keep(keep(inner.multiply(c)).subtract(c));
        }, [x]);
      }
      case "matmul": {
        const dtype = work.dtype === "f32" ? "float32" : "float64";
        const a = matrix(work.n, work.n, dtype);
        const b = matrix(work.n, work.n, dtype, 0.5);
        return expression(() => keep(np.matmul(a, b)), [a, b]);
      }
      case "factor":
        return factor(work);
      case "softmax": {
        const x = matrix(work.rows, work.columns, "float32");
        return expression(() => {
          const e = keep(np.exp(keep(x.subtract(keep(np.max(x, 1, true))))));
          return keep(e.divide(keep(np.sum(e, 1, true))));
        }, [x]);
      }
      case "layerNorm": {
        const x = matrix(work.rows, work.columns, "float32");
        return expression(() => {
          const centered = keep(x.subtract(keep(np.mean(x, 1, true))));
          const variance = keep(np.mean(keep(np.square(centered)), 1, true));
          return keep(centered.divide(keep(np.sqrt(keep(variance.add(1e-5))))));
        }, [x]);
      }
      case "sum": {
        const x = matrix(work.rows, work.columns, "float32");
        const { axis } = work;
        // The sum of everything is a number.
        return expression(() => (axis === null ? keep(np.array([np.sum(x) as number])) : keep(np.sum(x, axis))), [x]);
      }
      case "fft":
        return transform(work.shape, work.dtype === "c64" ? "complex64" : "complex128");
      case "conv2d":
      case "conv2dGradients":
        return undefined;
      case "adam":
        return adam(work.size);
    }
  };
  return {
    name: NAME,
    version: (await versionOf("numpy-ts")) ?? null,
    prepare: (work) => Promise.resolve(prepare(work)),
    close: () => undefined,
  };
}
