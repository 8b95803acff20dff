/** Iterates of classical methods on a small dense system. */
import { expectClose, expectEqual, knownKeys, unknownCase, unknownSections, type GoldenCase } from "@ansatz/golden";
import { slice, type Tensor } from "@ansatz/tensor";
import { matrixOperator } from "@ansatz/tensor/linear";
import {
  cgls,
  chambollePock,
  gradientNorm,
  gradientOperator,
  iterateReconstruction,
  kaczmarz,
  landweber,
  lsqr,
  mlem,
  nonNegative,
  parallelBeam,
  projector,
  reconstruct,
  sart,
  sirt,
  type Algorithm,
  type Subset,
} from "@ansatz/inverse";
import { f64, flat, HEAD, read } from "./common.ts";

/** Consecutive rows of a matrix, `size` at a time. */
function rowSubsets(matrix: Tensor, size: number): Subset[] {
  return Array.from({ length: matrix.shape[0] / size }, (_, s) => ({
    operator: matrixOperator(slice(matrix, [[s * size, (s + 1) * size]])),
    pick: (data) => slice(data, [[s * size, (s + 1) * size]]),
  }));
}

const bound = (lo: number | null): { lower?: number } => (lo === null ? {} : { lower: lo });

/** The algorithm that a section of the file is about, and the fields that it was made from. */
const MAKE: Readonly<
  Record<string, readonly [fields: readonly string[], make: (m: any, matrix: Tensor) => Algorithm]>
> = {
  sirt: [["relax", "lo"], ({ relax, lo }) => sirt({ relaxation: relax, ...bound(lo) })],
  landweber: [["step", "lo"], ({ step, lo }) => landweber({ step, ...bound(lo) })],
  sart: [
    ["blocks", "rows_per_block", "relax", "lo"],
    ({ rows_per_block, relax, lo }, matrix) =>
      sart({ subsets: rowSubsets(matrix, rows_per_block), relaxation: relax, ...bound(lo) }),
  ],
  kaczmarz: [["relax", "note"], ({ relax }, matrix) => kaczmarz({ subsets: rowSubsets(matrix, 1), relaxation: relax })],
  mlem: [["b_floor", "start"], () => mlem()],
  cgls: [["lam", "solution"], ({ lam }) => cgls({ damping: lam })],
};

/** From this iteration on rounding separates ways of writing conjugate gradients: the file allows 1e-6. */
const LATE = 5;

export function iterative(file: any): readonly GoldenCase[] {
  const matrix = f64(file.A);
  const operator = matrixOperator(matrix);
  const data = f64(file.b);
  const iterates = (name: string, m: any): GoldenCase[] => {
    const base = name.replace(/_(unconstrained|nonneg|tikhonov)$/, "");
    if (!Object.hasOwn(MAKE, base)) return [unknownCase(name, name)];
    const [fields, make] = MAKE[base];
    const limit = (k: number) => (k >= LATE && base === "cgls" ? 1e-6 : file.tolerance);
    const run = async (): Promise<void> => {
      knownKeys(name, m, [...fields, "x"]);
      if (m.start !== undefined) expectEqual("start", m.start, "ones");
      const b = m.b_floor === undefined ? data : f64(file.b.map((v: number) => Math.max(v, m.b_floor)));
      const wanted = new Map(Object.entries<number[]>(m.x).map(([k, x]) => [Number(k), x]));
      const maxIterations = Math.max(...wanted.keys());
      for await (const { iteration, x } of iterateReconstruction(
        make(m, matrix),
        { operator, data: b },
        { maxIterations },
      )) {
        const expected = wanted.get(iteration);
        if (expected !== undefined) expectClose(`${iteration}`, await read(x), expected, { abs: limit(iteration) });
        wanted.delete(iteration);
      }
      expectEqual("iterates that were not reached", [...wanted.keys()], []);
      if (m.solution !== undefined) {
        const { value } = await reconstruct(
          make(m, matrix),
          { operator, data },
          { maxIterations: 4 * m.solution.length },
        );
        expectClose("solution", await read(value), m.solution, { abs: file.tolerance });
      }
    };
    return [{ name, kind: name, run }];
  };
  const special: Readonly<Record<string, (m: any) => GoldenCase[]>> = {
    least_squares: (m) =>
      [cgls(), lsqr()].map((algorithm) => ({
        name: `least_squares ${algorithm.name}`,
        kind: "least_squares",
        async run() {
          knownKeys("least_squares", m, ["solution", "lsqr"]);
          const { value } = await reconstruct(algorithm, { operator, data }, { maxIterations: 4 * m.solution.length });
          expectClose(algorithm.name, await read(value), algorithm.name === "lsqr" ? m.lsqr : m.solution, {
            abs: file.tolerance,
          });
        },
      })),
    discrepancy: (m) =>
      [landweber({ step: file.methods.landweber.step }), cgls()].map((algorithm) => ({
        name: `discrepancy ${algorithm.name}`,
        kind: "discrepancy",
        async run() {
          knownKeys("discrepancy", m, ["tau", "delta", "landweber_stop", "cgls_stop"]);
          const { tau, delta } = m;
          const result = await reconstruct(
            algorithm,
            { operator, data },
            { maxIterations: 1000, discrepancy: { tau, delta } },
          );
          expectEqual("status", result.status, "discrepancy");
          expectEqual("iterations", result.iterations, m[`${algorithm.name}_stop`]);
        },
      })),
    tv_reconstruction: (m) => {
      const image = { rows: m.N, columns: m.N, pixel: m.pixel };
      const geometry = parallelBeam({ image, angles: m.angles, detectors: m.K, spacing: m.ds });
      return m.cases.map((c: any) => ({
        name: `tv_reconstruction ${c.lam} ${c.nonneg}`,
        kind: "tv_reconstruction",
        async run() {
          knownKeys("tv_reconstruction", m, ["N", "pixel", "angles", "K", "ds", "projector", "sinogram", "cases"]);
          knownKeys("case", c, ["lam", "nonneg", "x", "objective", "tol_objective", "tol_x"]);
          const a = projector(geometry, { method: m.projector, dtype: "f64" });
          const b = f64(m.sinogram, a.range);
          const regularizer = gradientNorm(c.lam);
          const d = gradientOperator(a.domain, "f64");
          const constraint = c.nonneg ? { constraint: nonNegative() } : {};
          const method = chambollePock({ terms: [{ regularizer, operator: d, norm: Math.sqrt(8) }], ...constraint });
          const { value, history } = await reconstruct(method, { operator: a, data: b }, { maxIterations: 1500 });
          expectClose("image", await read(value), flat(c.x), { abs: c.tol_x });
          const tv = Number(await (regularizer.value as (g: Tensor) => Tensor)(d.apply(value)).item());
          const objective = history[history.length - 1].residualNorm ** 2 / 2 + tv;
          expectClose("objective", [objective], [c.objective], { abs: c.tol_objective });
        },
      }));
    },
  };
  const cases = Object.entries<any>(file.methods).flatMap(([name, m]) =>
    Object.hasOwn(special, name) ? special[name](m) : iterates(name, m),
  );
  return [...cases, ...unknownSections(file, [...HEAD, "A", "b", "x_true", "methods"])];
}
