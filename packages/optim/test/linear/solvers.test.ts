/** Every solver on every system it is made for, and what theory says about it. */
import * as linear from "@ansatz/optim/linear";
import {
  bicgstab,
  cg,
  cgls,
  chebyshev,
  gmres,
  iterateLinear,
  jacobiPreconditioner,
  linearSolvers,
  lsqr,
  minres,
  multigridPoisson,
  poissonOperator,
  solveLinear,
  stationary,
  type LinearResult,
} from "@ansatz/optim/linear";
import {
  add,
  asReal,
  complex,
  conj,
  eye,
  isComplex,
  matmul,
  mul,
  sub,
  tensor,
  transpose,
  type Tensor,
} from "@ansatz/tensor";
import { linearOperator, matrixOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const draw = (k: number, shape: number[]): Tensor => normal(key(k), shape, { dtype: "f64" }) as Tensor;
const plain = async (x: Tensor): Promise<number[]> =>
  Array.from(await (isComplex(x.dtype) ? asReal(x) : x).data(), Number);
const distance = async (x: Tensor, y: Tensor): Promise<number> => Math.hypot(...(await plain(sub(x, y))));

interface System {
  readonly name: string;
  readonly kind: "positive-definite" | "symmetric" | "square" | "any";
  readonly operator: LinearOperator;
  readonly solution: Tensor;
  readonly bounds: [number, number];
}

const n = 24;
const half = matmul(draw(1, [n, n]), mul(eye(n, n, { dtype: "f64" }), 0.2));
const definite = add(eye(n, n, { dtype: "f64" }), matmul(half, transpose(half)));
const rotation = sub(half, transpose(half));
const halfC = complex(half, transpose(half));
const eyeC = complex(eye(n, n, { dtype: "f64" }), mul(half, 0));

const systems: readonly System[] = [
  {
    name: "a positive definite matrix",
    kind: "positive-definite",
    operator: matrixOperator(definite),
    solution: draw(2, [n]),
    bounds: [1, 6],
  },
  {
    name: "Poisson's equation",
    kind: "positive-definite",
    operator: poissonOperator({ size: 6, dtype: "f64" }),
    solution: draw(3, [6, 6]),
    bounds: [0.3, 8],
  },
  {
    name: "a Hermitian positive definite matrix",
    kind: "positive-definite",
    operator: matrixOperator(add(eyeC, matmul(halfC, conj(transpose(halfC))))),
    solution: complex(draw(4, [n]), draw(5, [n])),
    bounds: [1, 9],
  },
  {
    name: "an indefinite symmetric matrix",
    kind: "symmetric",
    operator: matrixOperator(sub(definite, mul(eye(n, n, { dtype: "f64" }), 1.5))),
    solution: draw(6, [n]),
    bounds: [1, 1],
  },
  {
    name: "a matrix that is not symmetric",
    kind: "square",
    operator: matrixOperator(add(definite, rotation)),
    solution: draw(7, [n]),
    bounds: [1, 6],
  },
  {
    name: "a complex matrix",
    kind: "square",
    operator: matrixOperator(add(mul(eyeC, 3), halfC)),
    solution: complex(draw(8, [n]), draw(9, [n])),
    bounds: [1, 6],
  },
  {
    name: "an overdetermined system",
    kind: "any",
    operator: matrixOperator(draw(10, [40, n])),
    solution: draw(11, [n]),
    bounds: [1, 1],
  },
];
const strength = ["positive-definite", "symmetric", "square", "any"];

for (const system of systems) {
  describe(system.name, () => {
    const fitting = linearSolvers.filter(({ create }) => {
      const { requires, name } = create(1, 2);
      // A stationary iteration with a positive step needs eigenvalues with positive real parts.
      if (name === "stationary" && system.kind === "symmetric") return false;
      return strength.indexOf(requires) >= strength.indexOf(system.kind);
    });
    test.each(fitting)("$name", async ({ create }) => {
      const { operator, solution, bounds } = system;
      const rhs = operator.apply(solution).eval();
      const solver = create(...bounds);
      const result = await solveLinear(solver, { operator, rhs }, { tolerance: 1e-10, maxIterations: 3000 });
      expect(result.status, result.message).toMatch(/converged|least-squares/);
      expect(result.residual).toBeLessThan(1e-9);
      expect(await distance(result.value, solution)).toBeLessThan(1e-7);
      expect(result.history.length).toBe(result.iterations + 1);
      expect(result.history[0]).toBeCloseTo(1, 12);
      // The start does not matter; from the solution there is nothing to do.
      const near = add(solution, mul(solution, 0.01)).eval();
      const other = await solveLinear(
        solver,
        { operator, rhs, start: near },
        { tolerance: 1e-10, maxIterations: 3000 },
      );
      expect(await distance(other.value, solution)).toBeLessThan(1e-7);
      const done = await solveLinear(solver, { operator, rhs, start: result.value }, { tolerance: 1e-8 });
      expect(done.iterations).toBe(0);
    });
  });
}

describe("theory", () => {
  const operator = poissonOperator({ size: 15, dtype: "f64" });
  const rhs = draw(20, [15, 15]).eval();
  const run = (solver: linear.LinearSolver, more = {}): Promise<LinearResult> =>
    solveLinear(solver, { operator, rhs, ...more }, { tolerance: 1e-9 });

  test("cg and minres end after as many steps as there are eigenvalues", async () => {
    const diagonal = tensor([1, 1, 5, 5, 5, 9, 9], { dtype: "f64" });
    const three = linearOperator({
      domain: [7],
      range: [7],
      dtype: "f64",
      apply: (x) => mul(x, diagonal),
      adjoint: (x) => mul(x, diagonal),
    });
    const b = draw(21, [7]).eval();
    for (const solver of [cg(), minres(), gmres(), cgls(), lsqr()]) {
      const { iterations } = await solveLinear(solver, { operator: three, rhs: b }, { tolerance: 1e-11 });
      expect(iterations).toBe(3);
    }
  });

  test("minres and full gmres have the same residuals on symmetric systems, and they never grow", async () => {
    const [a, b] = [await run(minres()), await run(gmres({ restart: 100 }))];
    a.history.forEach((r, i) => {
      expect(r).toBeCloseTo(b.history[i], 8);
      if (i > 0) expect(r).toBeLessThanOrEqual(a.history[i - 1] * (1 + 1e-12));
    });
  });

  test("cgls and lsqr have the same residuals", async () => {
    const matrix = matrixOperator(draw(22, [30, 12]));
    const b = draw(23, [30]).eval();
    const [p, q] = [
      await solveLinear(cgls(), { operator: matrix, rhs: b }),
      await solveLinear(lsqr(), { operator: matrix, rhs: b }),
    ];
    expect([p.status, q.status]).toEqual(["least-squares", "least-squares"]);
    expect(await distance(p.value, q.value)).toBeLessThan(1e-8);
    p.history.slice(0, 10).forEach((r, i) => expect(r).toBeCloseTo(q.history[i], 8));
    // The residual is orthogonal to the range.
    const r = matrix.adjoint(sub(b, matrix.apply(p.value)));
    expect(Math.hypot(...(await plain(r)))).toBeLessThan(1e-7);
  });

  test("chebyshev stays below its bound and is not needed to know inner products", async () => {
    const s = Math.sin(Math.PI / 32) ** 2;
    const [lower, upper] = [8 * s, 8 * (1 - s)];
    const { history, iterations } = await run(chebyshev({ lower, upper }));
    const root = Math.sqrt(upper / lower);
    const q = (root + 1) / (root - 1);
    // The bound holds for the error in every norm that commutes with A.
    history.forEach((r, i) => expect(r).toBeLessThanOrEqual((2 / (q ** i + q ** -i)) * (1 + 1e-9)));
    expect(iterations).toBeLessThan(2.5 * (await run(cg())).iterations);
  });

  test("preconditioners help, and whole multigrid cycles converge by themselves", async () => {
    const diagonal = tensor(
      Float64Array.from({ length: 225 }, (_, i) => 4 + (i % 50)),
      { shape: [15, 15] },
    ) as Tensor;
    const uneven = linearOperator({
      domain: [15, 15],
      range: [15, 15],
      dtype: "f64",
      apply: (x) => add(operator.apply(x), mul(x, diagonal)),
      adjoint: (x) => add(operator.apply(x), mul(x, diagonal)),
    });
    const preconditioner = jacobiPreconditioner(add(diagonal, 4));
    for (const make of [cg, gmres, bicgstab]) {
      const bare = await solveLinear(make(), { operator: uneven, rhs });
      const helped = await solveLinear(make(), { operator: uneven, rhs, preconditioner });
      expect(helped.iterations).toBeLessThan(bare.iterations);
      expect(helped.residual).toBeLessThan(1e-9);
      expect(helped.cost.precondition).toBeGreaterThan(0);
    }
    for (const dimensions of [1, 2, 3]) {
      const box = { size: 7, dimensions, dtype: "f64" as const };
      const b = draw(24, new Array<number>(dimensions).fill(7)).eval();
      const cycles = await solveLinear(
        stationary(),
        { operator: poissonOperator(box), rhs: b, preconditioner: multigridPoisson(box) },
        { tolerance: 1e-10 },
      );
      expect(cycles.status).toBe("converged");
      expect(cycles.iterations).toBeLessThan(16);
    }
  });

  test("f32 reaches its precision", async () => {
    const single = poissonOperator({ size: 15 });
    const b = normal(key(30), [15, 15]).eval() as Tensor;
    for (const { create } of linearSolvers) {
      const s = Math.sin(Math.PI / 32) ** 2;
      const result = await solveLinear(
        create(8 * s, 8 * (1 - s)),
        { operator: single, rhs: b },
        { tolerance: 1e-5, maxIterations: 3000 },
      );
      expect(result.residual, result.message).toBeLessThan(2e-5);
    }
  });
});

describe("the registry", () => {
  test("has unique names, citations, and every exported solver", () => {
    expect(new Set(linearSolvers.map(({ name }) => name)).size).toBe(linearSolvers.length);
    for (const { create } of linearSolvers) expect(create(1, 2).citations[0].url).toMatch(/^https:/);
    const others = [
      "directionLoss",
      "lanczos",
      "ritzPairs",
      "ritzSamples",
      "csrFromDense",
      "csrFromTriplets",
      "csrOperator",
      "incompleteCholesky",
      "iterateLinear",
      "jacobiPreconditioner",
    ];
    others.push("multigridPoisson", "poissonMatrix", "poissonOperator", "solveLinear");
    const solvers = Object.entries(linear).filter(
      ([name, value]) => typeof value === "function" && !others.includes(name),
    );
    expect(new Set(linearSolvers.map(({ factory }) => factory))).toEqual(new Set(solvers.map(([name]) => name)));
  });

  test("iterateLinear yields states that stay", async () => {
    const operator = poissonOperator({ size: 5, dtype: "f64" });
    const states = [];
    for await (const state of iterateLinear(cg(), { operator, rhs: draw(60, [5, 5]).eval() }, { maxIterations: 4 }))
      states.push(state);
    expect(states.map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4]);
    for (const { x } of states) expect((await plain(x)).every(Number.isFinite)).toBe(true);
  });
});
