/** The noisy scans on which the methods are compared. */
import { absolute, expectClose, knownKeys, unknownCase, unknownSections, type GoldenCase } from "@ansatz/golden";
import { flatten, mul, reshape, type Tensor } from "@ansatz/tensor";
import { linearOperator, toMatrix, type LinearOperator } from "@ansatz/tensor/linear";
import { csrFromDense, csrOperator } from "@ansatz/optim/linear";
import {
  cgls,
  chambollePock,
  evenAngles,
  filteredBackprojection,
  gradientNorm,
  gradientOperator,
  iterateReconstruction,
  nonNegative,
  projector,
  psnr,
  reconstruct,
  sirt,
  type Algorithm,
  type Geometry,
  type RampWindow,
} from "@ansatz/inverse";
import { f64, geometryOf, HEAD, read } from "./common.ts";

/** The geometry of a file; its numbers of lengths are rounded, and so replaced by those of the image. */
function scanOf({ geometry: g, image, pixel }: any): Geometry {
  knownKeys("geometry", g, ["kind", "views", "angles", "K", "ds", "du", "Dso", "Dod"]);
  const grid = { rows: image.length, columns: image[0].length, pixel };
  const [, span] = /=v\*(2\*)?pi\//.exec(g.angles.replaceAll(" ", "")) ?? [];
  const angles = evenAngles(g.views, span === undefined ? Math.PI : 2 * Math.PI);
  return geometryOf(g.kind, { ...g, angles, betas: angles }, grid);
}

/** An operator times a factor as a stored matrix. */
async function sparse(operator: LinearOperator, factor: number): Promise<LinearOperator> {
  const { domain, range, dtype } = operator;
  const dense = await read(toMatrix(operator));
  const columns = dense.length / range.reduce((a, b) => a * b);
  const rows = Array.from({ length: dense.length / columns }, (_, i) =>
    dense.slice(i * columns, (i + 1) * columns).map((v) => v * factor),
  );
  const matrix = csrOperator(csrFromDense(rows), { dtype: "f64" });
  return linearOperator({
    domain,
    range,
    dtype,
    apply: (x) => reshape(matrix.apply(flatten(x)), range),
    adjoint: (y) => reshape(matrix.adjoint(flatten(y)), domain),
  });
}

export function ctBench(file: any): readonly GoldenCase[] {
  const geometry = scanOf(file);
  const operator = projector(geometry, { dtype: "f64" });
  const data = f64(file.sinogram, operator.range);
  const image = f64(file.image);
  const db = absolute(file.tolerance_psnr_db);
  const along = (kind: string, algorithm: Algorithm, expected: Record<string, number>): GoldenCase => ({
    name: kind,
    kind,
    async run() {
      const maxIterations = Math.max(...Object.keys(expected).map(Number));
      for await (const { iteration, x } of iterateReconstruction(algorithm, { operator, data }, { maxIterations })) {
        const want = expected[iteration];
        if (want !== undefined) expectClose(`${kind} ${iteration}`, [await psnr(x, image)], [want], db);
      }
    },
  });
  const make: Readonly<Record<string, (expected: any) => GoldenCase[]>> = {
    fbp: (expected) =>
      Object.entries<number>(expected).map(([window, want]) => ({
        name: `fbp ${window}`,
        kind: "fbp",
        run: async () => {
          const got = filteredBackprojection(geometry, data, { window: window as RampWindow });
          expectClose(window, [await psnr(got, image)], [want], db);
        },
      })),
    sirt: (expected) => [along("sirt", sirt({ lower: 0 }), expected)],
    cgls: (expected) => [along("cgls", cgls(), expected)],
    tv: (expected) =>
      Object.entries<{ psnr: number; objective: number }>(expected).map(([weight, want]) => ({
        name: `tv ${weight}`,
        kind: "tv",
        async run() {
          const regularizer = gradientNorm(Number(weight));
          const d = gradientOperator(operator.domain, "f64");
          const method = chambollePock({
            terms: [{ regularizer, operator: d, norm: Math.sqrt(8) }],
            constraint: nonNegative(),
          });
          // The file's runs had not converged: these are the values after 3000 iterations. A sparse matrix is quicker here.
          const problem = { operator: await sparse(operator, 1 / file.pixel), data: mul(data, 1 / file.pixel) };
          const { value, history } = await reconstruct(method, problem, { maxIterations: 3000 });
          expectClose("psnr", [await psnr(value, image)], [want.psnr], db);
          const tv = Number(await (regularizer.value as (g: Tensor) => Tensor)(d.apply(value)).item());
          const objective = history[history.length - 1].residualNorm ** 2 / 2 + tv;
          expectClose("objective", [objective], [want.objective], { rel: file.tolerance_objective_rel });
        },
      })),
  };
  const clean: GoldenCase = {
    name: "clean",
    kind: "clean",
    run: async () => expectClose("clean", await read(operator.apply(image)), file.clean, absolute(2e-6)),
  };
  const baselines = Object.entries(file.baselines).flatMap(([name, expected]) =>
    Object.hasOwn(make, name) ? make[name](expected) : [unknownCase(name, name)],
  );
  const known = [
    "tolerance_psnr_db",
    "tolerance_objective_rel",
    "geometry",
    "pixel",
    "image",
    "clean",
    "sinogram",
    "baselines",
  ];
  return [clean, ...baselines, ...unknownSections(file, [...HEAD, ...known])];
}
