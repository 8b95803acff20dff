/** Near-field radar. */
import { absolute, expectClose, knownKeys, unknownSections, type GoldenCase } from "@ansatz/golden";
import { complex, imag, real, type Tensor } from "@ansatz/tensor";
import { matrixOperator, scaledOperator, toMatrix } from "@ansatz/tensor/linear";
import {
  constrainedAdmm,
  iterateReconstruction,
  kirchhoffMigration,
  l1,
  linearArray,
  mimoOperator,
  onMagnitude,
  psnr,
  type MimoSetup,
} from "@ansatz/inverse";
import { f64, HEAD, read } from "./common.ts";

interface Parts {
  readonly re: readonly number[];
  readonly im: readonly number[];
}

const complexOf = ({ re, im }: Parts, shape: readonly number[]): Tensor => complex(f64(re, shape), f64(im, shape));

async function expectComplex(what: string, got: Tensor, expected: Parts, tolerance: number): Promise<void> {
  const largest = Math.max(...expected.re.map((v, i) => Math.hypot(v, expected.im[i])));
  const limit = absolute(tolerance * largest);
  expectClose(`${what}, real part`, await read(real(got)), expected.re, limit);
  expectClose(`${what}, imaginary part`, await read(imag(got)), expected.im, limit);
}

function sceneOf(reflectors: readonly number[][], shape: readonly number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const [re, im] = [new Float64Array(size), new Float64Array(size)];
  for (const [v, a, b] of reflectors) [re[v], im[v]] = [a, b];
  return complexOf({ re: Array.from(re), im: Array.from(im) }, shape);
}

const setupOf = (file: any): MimoSetup => ({
  transmitters: file.tx,
  receivers: file.rx,
  frequencies: file.freqs,
  x: file.x,
  y: file.y_coords ?? file.x,
  z: file.z,
});

/** Samples of the point spread in each direction: more than the files have, to see its width. */
const REACH = 100;

/** Magnitudes of the point spread along one axis, divided by the largest, at `2 REACH + 1` points. */
async function spread(p: any, axis: "x" | "z"): Promise<number[]> {
  const frequencies = Array.from({ length: 11 }, (_, i) => 4e9 + i * 1.2e9);
  const step = axis === "z" ? p.range_step : p.cross_step;
  const line = Array.from({ length: 2 * REACH + 1 }, (_, i) => (i - REACH) * step);
  const antennas = {
    transmitters: linearArray("x", p.n_tx, p.aperture),
    receivers: linearArray("y", p.n_rx, p.aperture),
    frequencies,
    y: [0],
  };
  const point = mimoOperator({ ...antennas, x: [0], z: [0.5] }, { precision: "f64" });
  const grid = axis === "z" ? { x: [0], z: line.map((v) => 0.5 + v) } : { x: line, z: [0.5] };
  const seen = point.apply(complexOf({ re: [1], im: [0] }, [1, 1, 1]));
  const image = mimoOperator({ ...antennas, ...grid }, { precision: "f64" }).adjoint(seen);
  const [re, im] = [await read(real(image)), await read(imag(image))];
  const size = re.map((v, i) => Math.hypot(v, im[i]));
  return size.map((v) => v / Math.max(...size));
}

/** The numbers in the middle. */
const middle = (samples: readonly number[], count: number): readonly number[] =>
  samples.slice(REACH - (count - 1) / 2, REACH + (count + 1) / 2);

/** Distance between the first and the last sample at -3 dB. */
const width = (samples: readonly number[], step: number): number => {
  // Of the main lobe.
  let reach = 0;
  while (samples[REACH + reach + 1] >= Math.SQRT1_2) reach++;
  let before = 0;
  while (samples[REACH - before - 1] >= Math.SQRT1_2) before++;
  return (reach + before) * step;
};

export function mimoForward(file: any): readonly GoldenCase[] {
  const setup = setupOf(file);
  const a = mimoOperator(setup, { precision: "f64" });
  const tolerance = file.tolerance_rel;
  const one = (kind: string, run: () => Promise<void>): GoldenCase => ({ name: kind, kind, run });
  const cases = [
    one("measurements", () =>
      expectComplex("y", a.apply(sceneOf(file.reflectors, a.domain)), file.measurements, tolerance),
    ),
    one("adjoint", () =>
      expectComplex("x", a.adjoint(complexOf(file.adjoint_input, a.range)), file.adjoint, tolerance),
    ),
    one("backprojection", () =>
      expectComplex("x", a.adjoint(a.apply(sceneOf(file.reflectors, a.domain))), file.backprojection, tolerance),
    ),
    one("kirchhoff", () =>
      expectComplex(
        "x",
        kirchhoffMigration(setup, a.apply(sceneOf(file.reflectors, a.domain))),
        file.kirchhoff,
        tolerance,
      ),
    ),
    ...Object.entries<any>(file.psf).map(([name, p]) => ({
      name: `psf ${name}`,
      kind: "psf",
      async run() {
        const own = ["n_tx", "n_rx", "aperture", "c_over_2B"];
        knownKeys("psf", p, [
          ...own,
          ...["range", "cross"].flatMap((s) => [`${s}_samples`, `${s}_step`, `${s}_width_3db`]),
        ]);
        const [range, cross] = [await spread(p, "z"), await spread(p, "x")];
        expectClose("range", middle(range, p.range_samples.length), p.range_samples, absolute(tolerance));
        expectClose("cross", middle(cross, p.cross_samples.length), p.cross_samples, absolute(tolerance));
        expectClose("width in range", [width(range, p.range_step)], [p.range_width_3db], absolute(1e-9));
        expectClose("width across", [width(cross, p.cross_step)], [p.cross_width_3db], absolute(1e-9));
      },
    })),
  ];
  const known = [
    "tolerance_rel",
    "tx",
    "rx",
    "freqs",
    "x",
    "y_coords",
    "z",
    "reflectors",
    "measurements",
    "adjoint_input",
    "adjoint",
  ];
  return [...cases, ...unknownSections(file, [...HEAD, ...known, "backprojection", "kirchhoff", "psf"])];
}

export function mimoRecon(file: any): readonly GoldenCase[] {
  const run = async (): Promise<void> => {
    // Thousands of applications: the matrix is quicker than its phases anew.
    const dense = toMatrix(mimoOperator(setupOf(file), { precision: "f64" }));
    await dense.data();
    const operator = scaledOperator(matrixOperator(dense), 1 / file.spectral_norm);
    const data = complexOf(file.measurements, operator.range);
    const algorithm = constrainedAdmm({
      regularizer: onMagnitude(l1(file.alpha)),
      epsilon: file.eps,
      penalty: file.kappa,
      direct: true,
    });
    const wanted = new Map(Object.entries<Parts>(file.iterates).map(([k, x]) => [Number(k), x]));
    const maxIterations = Math.max(...wanted.keys());
    let last: Tensor | undefined;
    let residual = NaN;
    for await (const { iteration, x, residualNorm } of iterateReconstruction(
      algorithm,
      { operator, data },
      { maxIterations },
    )) {
      const expected = wanted.get(iteration);
      if (expected !== undefined) await expectComplex(`iterate ${iteration}`, x, expected, file.tolerance);
      [last, residual] = [x, residualNorm];
    }
    const x = last as Tensor;
    const magnitude = async (t: Tensor): Promise<number[]> => {
      const [re, im] = [await read(real(t)), await read(imag(t))];
      return re.map((v, i) => Math.hypot(v, im[i]));
    };
    const size = await magnitude(x);
    const { l1: sum, residual: wantedResidual, psnr: quality, psnr_backprojection: before } = file.final;
    knownKeys("final", file.final, ["l1", "residual", "psnr", "psnr_backprojection"]);
    expectClose("l1", [size.reduce((a, b) => a + b)], [sum], absolute(file.tolerance));
    expectClose("residual", [residual], [wantedResidual], absolute(file.tolerance));
    const normalised = (values: readonly number[]): Tensor => f64(values.map((v) => v / Math.max(...values)));
    const truth = normalised(await magnitude(sceneOf(file.truth, operator.domain)));
    expectClose("psnr", [await psnr(normalised(size), truth)], [quality], absolute(file.tolerance));
    const back = await magnitude(operator.adjoint(data));
    expectClose(
      "psnr of the back-projection",
      [await psnr(normalised(back), truth)],
      [before],
      absolute(file.tolerance),
    );
  };
  const known = ["tx", "rx", "freqs", "x", "z", "spectral_norm", "truth", "measurements", "eps", "kappa", "alpha"];
  return [
    { name: "iterates", kind: "iterates", run },
    ...unknownSections(file, [...HEAD, ...known, "iterates", "final"]),
  ];
}
