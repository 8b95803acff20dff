/** What solvers say when they cannot solve a system, and that they leave no memory behind. */
import {
  bicgstab,
  cg,
  cgls,
  chebyshev,
  gmres,
  linearSolvers,
  lsqr,
  minres,
  poissonOperator,
  solveLinear,
  stationary,
} from "@ansatz/optim/linear";
import {
  ArgumentError,
  asReal,
  DTypeError,
  isComplex,
  memory,
  mul,
  ShapeError,
  tensor,
  type Tensor,
} from "@ansatz/tensor";
import { matrixOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const draw = (k: number, shape: number[]): Tensor => normal(key(k), shape, { dtype: "f64" }) as Tensor;
const plain = async (x: Tensor): Promise<number[]> =>
  Array.from(await (isComplex(x.dtype) ? asReal(x) : x).data(), Number);
describe("failures are statuses", () => {
  const b = tensor([1, 1], { dtype: "f64" });
  const of = (rows: number[][]): LinearOperator => matrixOperator(tensor(rows, { dtype: "f64" }));

  test("operators that are not definite", async () => {
    const result = await solveLinear(cg(), {
      operator: of([
        [1, 0],
        [0, -1],
      ]),
      rhs: b,
    });
    expect(result.status).toBe("not-definite");
    expect(result.message).toContain("Use minres() or gmres()");
    const preconditioner = of([
      [-1, 0],
      [0, -1],
    ]);
    expect(
      (
        await solveLinear(cg(), {
          operator: of([
            [2, 0],
            [0, 1],
          ]),
          rhs: b,
          preconditioner,
        })
      ).status,
    ).toBe("not-definite");
  });

  test("values that are not finite, from operators and preconditioners", async () => {
    for (const solver of [
      cg(),
      minres(),
      gmres(),
      bicgstab(),
      cgls(),
      lsqr(),
      stationary(),
      chebyshev({ lower: 1, upper: 2 }),
    ]) {
      let calls = 0;
      const failing = (x: Tensor): Tensor =>
        ++calls > 3 ? mul(x, Number.NaN) : mul(x, tensor([1, 2], { dtype: "f64" }));
      const operator = { domain: [2], range: [2], dtype: "f64" as const, apply: failing, adjoint: failing };
      const { status, value } = await solveLinear(
        solver,
        { operator, rhs: b },
        { tolerance: 1e-15, maxIterations: 50 },
      );
      expect(["non-finite", "converged", "least-squares", "breakdown"]).toContain(status);
      expect((await plain(value)).every(Number.isFinite)).toBe(true);
    }
    const preconditioner = (r: Tensor): Tensor => mul(r, Number.NaN);
    for (const make of [cg, gmres, bicgstab]) {
      expect(
        (
          await solveLinear(make(), {
            operator: of([
              [2, 1],
              [1, 3],
            ]),
            rhs: b,
            preconditioner,
          })
        ).status,
      ).toBe("non-finite");
    }
  });

  test("breakdown, too few iterations, abortion", async () => {
    const turn = of([
      [0, 1],
      [-1, 0],
    ]);
    expect((await solveLinear(bicgstab(), { operator: turn, rhs: b })).status).toBe("breakdown");
    expect((await solveLinear(gmres(), { operator: turn, rhs: b })).status).toBe("converged");
    const operator = poissonOperator({ size: 9, dtype: "f64" });
    const rhs = draw(40, [9, 9]).eval();
    const short = await solveLinear(gmres({ restart: 4 }), { operator, rhs }, { maxIterations: 6 });
    expect([short.status, short.iterations]).toEqual(["max-iterations", 6]);
    // The residual of the formed point is that of the recursion.
    expect(short.residual).toBeCloseTo(short.history[6], 10);
    expect((await solveLinear(cg(), { operator, rhs }, { signal: AbortSignal.abort() })).status).toBe("aborted");
  });

  test("a right-hand side of zeros has the solution zero", async () => {
    for (const { create } of linearSolvers) {
      const { value, status, iterations } = await solveLinear(create(1, 2), {
        operator: of([
          [2, 1],
          [1, 3],
        ]),
        rhs: mul(b, 0),
      });
      expect([status, iterations]).toEqual(["converged", 0]);
      expect(await plain(value)).toEqual([0, 0]);
    }
  });

  test("wrong arguments throw", async () => {
    const operator = of([
      [2, 1],
      [1, 3],
    ]);
    const reject = (problem: object, error: unknown, solver = cg()): Promise<void> =>
      expect(solveLinear(solver, problem as never)).rejects.toThrow(error as never);
    await reject({ operator, rhs: tensor([1, 2, 3], { dtype: "f64" }) }, ShapeError);
    await reject({ operator, rhs: tensor([1, 2]) }, DTypeError);
    await reject({ operator: of([[1, 2, 3]]), rhs: tensor([1], { dtype: "f64" }) }, "the operator is not square");
    await reject({ operator, rhs: tensor([1, Infinity], { dtype: "f64" }) }, "the right-hand side is not finite");
    await reject({ operator, rhs: b, preconditioner: operator }, "this solver uses no preconditioner", lsqr());
    await reject({ operator, rhs: b, preconditioner: of([[1]]) }, "the preconditioner does not fit");
    await reject({ operator: {}, rhs: b }, "operator is not a linear operator");
    await reject({ operator, rhs: b, speed: 1 }, "unknown option");
    expect(() => chebyshev({ lower: 2, upper: 1 })).toThrow("bounds are not ordered");
    expect(() => gmres({ restart: 0 })).toThrow("gmres: restart is out of range");
    expect(() => stationary({ damping: 0 })).toThrow(ArgumentError);
  });
});

test("solveLinear disposes everything but the result", async () => {
  const operator = poissonOperator({ size: 9, dtype: "f64" });
  const rhs = draw(41, [9, 9]).eval();
  for (const { create } of linearSolvers) {
    const run = async (): Promise<void> => {
      (await solveLinear(create(0.19, 7.8), { operator, rhs }, { maxIterations: 20 })).value.dispose();
    };
    // Plans of first runs stay, and hold a few bytes each.
    for (let i = 0; i < 2; i++) await run();
    const before = memory().used;
    for (let i = 0; i < 4; i++) await run();
    // Less than one vector of 81 numbers.
    expect(memory().used - before, create(1, 2).name).toBeLessThan(81 * 8);
  }
});
