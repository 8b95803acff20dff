/** The noisy scans on which the methods are compared. */
import { absolute, expectClose, knownKeys, unknownCase, unknownSections, type GoldenCase } from "@ansatz/golden";
import {
  div,
  flatten,
  maximum,
  mul,
  pad,
  reshape,
  slice,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type Tensor,
} from "@ansatz/tensor";
import { linearOperator, scaledOperator, toMatrix, type LinearOperator } from "@ansatz/tensor/linear";
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
  type Regularizer,
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

/** An operator for every slice of a stack, as a stored matrix, which is quickest for a small fan. */
async function stackOf(operator: LinearOperator, slices: number): Promise<LinearOperator> {
  const { domain, range, dtype } = operator;
  const size = domain.reduce((a, b) => a * b);
  const dense = await read(toMatrix(operator));
  const rows = Array.from({ length: dense.length / size }, (_, i) => dense.slice(i * size, (i + 1) * size));
  const matrix = csrOperator(csrFromDense(rows), { dtype: "f64" });
  const each = (x: Tensor, f: (one: Tensor) => Tensor): Tensor =>
    stack(Array.from({ length: slices }, (_, i) => f(flatten(slice(x, [i])))));
  return linearOperator({
    domain: [slices, ...domain],
    range: [slices, ...range],
    dtype,
    apply: (x) => each(x, (one) => reshape(matrix.apply(one), range)),
    adjoint: (y) => each(y, (one) => reshape(matrix.adjoint(one), domain)),
  });
}

/** Gradients of every slice of a stack, [2, slices, rows, columns]. */
function slicewise(shape: readonly number[]): LinearOperator {
  const whole = gradientOperator(shape, "f64");
  return linearOperator({
    domain: shape,
    range: [2, ...shape],
    dtype: "f64",
    apply: (x) => slice(whole.apply(x), [[1, 3]]),
    adjoint: (g) =>
      whole.adjoint(
        pad(g, [
          [1, 0],
          [0, 0],
          [0, 0],
          [0, 0],
        ]),
      ),
  });
}

/** {@link gradientNorm} with a weight for every slice. */
function gradientNorms(weights: readonly number[]): Regularizer {
  const all = f64(weights, [weights.length, 1, 1]);
  return {
    name: "gradientNorms",
    citations: [],
    prox(g, step) {
      const size = sqrt(sum(square(g), { axis: 0 }));
      return mul(g, div(maximum(sub(size, mul(all, step)), 0), maximum(size, 1e-30)));
    },
  };
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
    tv: (expected) => [
      {
        name: "tv",
        kind: "tv",
        async run() {
          // The file's runs had not converged: these are the values after 3000 iterations. All weights run at once, as slices.
          const weights = Object.keys(expected).map(Number);
          const count = weights.length;
          const stacked =
            geometry.kind === "parallel"
              ? projector(geometry, { dtype: "f64", slices: count })
              : await stackOf(operator, count);
          const term = { operator: slicewise(stacked.domain), regularizer: gradientNorms(weights), norm: Math.sqrt(8) };
          const method = chambollePock({ terms: [term], constraint: nonNegative() });
          const problem = {
            operator: scaledOperator(stacked, 1 / file.pixel),
            data: mul(stack(weights.map(() => data)), 1 / file.pixel),
          };
          const { value } = await reconstruct(method, problem, { maxIterations: 3000 });
          const residuals = await read(sum(square(sub(problem.operator.apply(value), problem.data)), { axis: [1, 2] }));
          for (const [i, weight] of weights.entries()) {
            const want = Object.values<{ psnr: number; objective: number }>(expected)[i];
            const x = slice(value, [i]);
            expectClose("psnr", [await psnr(x, image)], [want.psnr], db);
            const tv = gradientNorm(weight).value as (g: Tensor) => Tensor;
            const [variation] = await read(tv(gradientOperator(operator.domain, "f64").apply(x)));
            const objective = residuals[i] / 2 + variation;
            expectClose("objective", [objective], [want.objective], { rel: file.tolerance_objective_rel });
          }
        },
      },
    ],
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
