/** The work done by Ansatz, on the CPU device, lazily and without `compile` where nothing else is said. */
import {
  compile,
  complex,
  isComplex,
  layerNorm,
  matmul,
  softmax,
  sum,
  tensor,
  vjp,
  zeros,
  type Tensor,
} from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { fftn } from "@ansatz/tensor/fft";
import { cholesky, eigh, lu, qr, solve, svd } from "@ansatz/tensor/linalg";
import { inProcess } from "../measure/interleave.ts";
import { complexMagnitudes, complexMatrixFor, magnitudes, matrixFor, type Factorization } from "./matrices.ts";
import { ADAM, complexRamp, ramp, type Images, type Peer, type Prepared, type Work } from "./work.ts";

/** Name of the contender. */
export const OURS = "ansatz";

/** A contender that evaluates the same expression again and again. */
function expression(compute: () => Tensor, inputs: readonly Tensor[]): Prepared {
  return {
    ...inProcess(OURS, () => {
      const y = compute();
      y.eval();
      y.dispose();
    }),
    async result() {
      using y = compute();
      return await y.data();
    },
    release: () => inputs.forEach((x) => x.dispose()),
  };
}

function vector(size: number): Tensor {
  return tensor(ramp(size), { device: "cpu" });
}

function matrix(rows: number, columns: number, dtype: "f32" | "f64", shift = 0): Tensor {
  const data = ramp(rows * columns, shift);
  return tensor(dtype === "f32" ? data : Float64Array.from(data), { shape: [rows, columns], device: "cpu" });
}

function adam(size: number): Prepared {
  const { learningRate, beta1, beta2, epsilon } = ADAM;
  const step = compile<[Tensor, Tensor, Tensor, Tensor, number, number], Tensor[]>(
    (p, m, v, g, rate, correction) => {
      const m2 = m.mul(beta1).add(g.mul(1 - beta1));
      const v2 = v.mul(beta2).add(g.square().mul(1 - beta2));
      const p2 = p.sub(m2.mul(rate).div(v2.sqrt().mul(correction).add(epsilon)));
      return [p2, m2, v2];
    },
    { donate: [0, 1, 2] },
  );
  const g = vector(size);
  let state = [vector(size), zeros([size], { device: "cpu" }).eval(), zeros([size], { device: "cpu" }).eval()];
  let t = 0;
  const run = (): void => {
    t += 1;
    const rate = learningRate / (1 - beta1 ** t);
    state = step(state[0], state[1], state[2], g, rate, 1 / Math.sqrt(1 - beta2 ** t));
  };
  return {
    ...inProcess(OURS, run),
    async result() {
      run();
      return await state[0].data();
    },
    release: () => [...state, g].forEach((x) => x.dispose()),
  };
}

/** Images, kernels, and a gradient for the result of their convolution. */
function convolutionInputs({ batch, channels, outputs, size }: Images): [x: Tensor, w: Tensor, g: Tensor] {
  const of = (shape: readonly number[], shift: number): Tensor =>
    tensor(ramp(shape.reduce((a, b) => a * b, 1), shift), { shape, device: "cpu" }); // prettier-ignore
  return [
    of([batch, channels, size, size], 0),
    of([outputs, channels, 3, 3], 0.25),
    of([batch, outputs, size, size], 0.125),
  ];
}

function convolutionGradients(images: Images): Prepared {
  const [x, w, g] = convolutionInputs(images);
  const gradients = (): Tensor[] => {
    const { value, pull } = vjp((a: Tensor, b: Tensor) => conv2d(a, b, { padding: 1 }), x, w);
    const both = pull(g);
    value.dispose();
    return both;
  };
  return {
    ...inProcess(OURS, () => {
      const both = gradients();
      for (const y of both) y.eval();
      for (const y of both) y.dispose();
    }),
    async result() {
      const both = gradients();
      const values = await Promise.all(both.map(async (y) => Array.from(await y.data())));
      for (const y of both) y.dispose();
      return values.flat();
    },
    release: () => [x, w, g].forEach((y) => y.dispose()),
  };
}

/** All factors, first the one that is compared. */
const FACTORS: Readonly<Record<Factorization, (a: Tensor) => readonly Tensor[]>> = {
  cholesky: (a) => [cholesky(a)],
  lu(a) {
    const { rows, l, u } = lu(a);
    return [u, l, rows];
  },
  solve: (a) => [solve(a, a)],
  qr(a) {
    const { q, r } = qr(a);
    return [r, q];
  },
  eigh(a) {
    const { values, vectors } = eigh(a);
    return [values, vectors];
  },
  svd(a) {
    const { u, s, v } = svd(a);
    return [s, u, v];
  },
};

function factorInput({ n, factorization, dtype }: Extract<Work, { kind: "factor" }>): Tensor {
  const square = (values: Float64Array): Tensor => tensor(values, { shape: [n, n], device: "cpu" });
  if (dtype === "f64") return square(matrixFor(factorization, n));
  const { re, im } = complexMatrixFor(factorization, n);
  return complex(square(re), square(im)).eval();
}

function factor(work: Extract<Work, { kind: "factor" }>): Prepared {
  const { factorization } = work;
  const a = factorInput(work);
  const factors = (): readonly Tensor[] => {
    const parts = FACTORS[factorization](a);
    for (const y of parts) y.eval();
    return parts;
  };
  const dispose = (parts: readonly Tensor[]): void => parts.forEach((y) => y.dispose());
  return {
    ...inProcess(OURS, () => dispose(factors())),
    async result() {
      const parts = factors();
      const [compared] = parts;
      const values = await compared.data();
      dispose(parts);
      if (isComplex(compared.dtype)) return complexMagnitudes(values);
      return factorization === "qr" ? magnitudes(values) : values;
    },
    release: () => a.dispose(),
  };
}

function prepare(work: Work): Prepared {
  switch (work.kind) {
    case "affineChain": {
      const x = vector(work.size);
      return expression(() => x.mul(2).add(1).mul(x), [x]);
    }
    case "tanhChain": {
      const x = vector(work.size);
      return expression(() => x.mul(2).add(1).tanh().mul(x), [x]);
    }
    case "expChain": {
      const x = vector(work.size);
      return expression(() => x.mul(2).add(1).square().mul(-0.5).exp(), [x]);
    }
    case "scalarChain": {
      const x = vector(work.size);
      let c = 1;
      return expression(() => {
        c += 1e-6;
        return x.mul(c).add(1).mul(2).add(0.5).mul(c).sub(c);
      }, [x]);
    }
    case "matmul": {
      const a = matrix(work.n, work.n, work.dtype);
      const b = matrix(work.n, work.n, work.dtype, 0.5);
      return expression(() => matmul(a, b), [a, b]);
    }
    case "factor":
      return factor(work);
    case "softmax": {
      const x = matrix(work.rows, work.columns, "f32");
      return expression(() => softmax(x, 1), [x]);
    }
    case "layerNorm": {
      const x = matrix(work.rows, work.columns, "f32");
      return expression(() => layerNorm(x), [x]);
    }
    case "sum": {
      const x = matrix(work.rows, work.columns, "f32");
      const { axis } = work;
      return expression(() => (axis === null ? sum(x) : sum(x, { axis })), [x]);
    }
    case "fft": {
      const data = complexRamp(work.shape.reduce((a, b) => a * b, 1));
      const shape = [...work.shape, 2];
      const x = tensor(work.dtype === "c64" ? data : Float64Array.from(data), { shape, device: "cpu" });
      return expression(() => fftn(x), [x]);
    }
    case "conv2d": {
      const [x, w] = convolutionInputs(work);
      return expression(() => conv2d(x, w, { padding: 1 }), [x, w]);
    }
    case "conv2dGradients":
      return convolutionGradients(work);
    case "adam":
      return adam(work.size);
  }
}

/** Ansatz as a contender. */
export const ours: Peer = {
  name: OURS,
  version: null,
  prepare: (work) => Promise.resolve(prepare(work)),
  close: () => undefined,
};
