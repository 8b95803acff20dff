/** Every solver, for tests, documentation and benchmarks to iterate over. */
import type { LinearSolver } from "./base.ts";
import { bicgstab } from "./bicgstab.ts";
import { cg } from "./cg.ts";
import { cgls } from "./cgls.ts";
import { chebyshev } from "./chebyshev.ts";
import { deepConjugateDirections } from "./dcdm.ts";
import { gmres } from "./gmres.ts";
import { lsqr } from "./lsqr.ts";
import { minres } from "./minres.ts";
import { stationary } from "./stationary.ts";

/** One line of the registry. */
export interface LinearSolverEntry {
  readonly name: string;
  /** The function that makes it, as exported. */
  readonly factory: string;
  /** The solver for an operator whose eigenvalues (where they are real) lie in an interval. */
  create(lower: number, upper: number): LinearSolver;
}

/** Every solver. */
export const linearSolvers: readonly LinearSolverEntry[] = [
  { name: "cg", factory: "cg", create: () => cg() },
  {
    name: "deep-conjugate-directions",
    factory: "deepConjugateDirections",
    create: () => deepConjugateDirections({ direction: (r) => r }),
  },
  { name: "cgls", factory: "cgls", create: () => cgls() },
  { name: "lsqr", factory: "lsqr", create: () => lsqr() },
  { name: "minres", factory: "minres", create: () => minres() },
  { name: "gmres", factory: "gmres", create: () => gmres() },
  { name: "gmres-5", factory: "gmres", create: () => gmres({ restart: 5 }) },
  { name: "bicgstab", factory: "bicgstab", create: () => bicgstab() },
  { name: "chebyshev", factory: "chebyshev", create: (lower, upper) => chebyshev({ lower, upper }) },
  {
    name: "stationary",
    factory: "stationary",
    create: (lower, upper) => stationary({ damping: 2 / (lower + upper) }),
  },
];
