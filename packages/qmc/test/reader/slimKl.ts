/** Reader of the file about SLIM-KL. */
import { gsmpKernel, quantize, slimKl, slimKlAgent } from "@ansatz/qmc";
import {
  absolute,
  expectClose,
  knownKeys,
  relative,
  relativeToLargest,
  unknownSections,
  type GoldenReader,
} from "@ansatz/golden";

/** slimkl.json */
export const slimKlFile: GoldenReader = (file) => {
  const kernel = gsmpKernel({ frequencies: file.freq, deviations: file.std });
  const agentOf = (from: number, to: number) =>
    slimKlAgent({ kernel, inputs: file.X.slice(from, to), targets: file.y.slice(from, to), noise: file.noise });
  const agent = agentOf(0, file.X.length);
  const coupling = { lambda: file.lambda, theta: file.theta, rho: file.rho };
  const check = (what: string, got: ArrayLike<number>, expected: number[]): void => {
    expectClose(what, got, expected, relativeToLargest(file.toleranceRel, expected));
  };
  const one = (name: string, run: () => void | Promise<void>) => ({ name, kind: "SLIM-KL", run });
  return [
    ...unknownSections(file, [
      "source",
      "about",
      "toleranceRel",
      "toleranceScaAbs",
      "P",
      "A",
      "X",
      "y",
      "noise",
      "freq",
      "std",
      "z",
      "objective",
      "gradient",
      "g",
      "a",
      "kernelFirst",
      "lambda",
      "theta",
      "rho",
      "mmStep",
      "mmStepRho0",
      "blocks",
      "scaStep",
      "localOptimumObjective",
      "localOptimum",
      "localOptimumToleranceAbs",
      "Xs",
      "predMean",
      "predVar",
      "quantizer",
      "admm",
    ]),
    one("kernel", () => {
      const all = kernel.between(file.X, file.X);
      // kernelFirst is the Gram matrix of one component; which one is told by its numbers.
      const expected = file.kernelFirst.flat();
      const fits = all.filter((k) => k.every((value, i) => Math.abs(value - expected[i]) < 1e-10));
      if (fits.length !== 1) throw new Error(`${fits.length} components are the file's kernel`);
    }),
    one("objective", () =>
      expectClose("objective", [agent.objective(file.z)], [file.objective], relative(file.toleranceRel)),
    ),
    one("derivatives", () => {
      const { g, a } = agent.derivatives(file.z);
      check("g", g, file.g);
      check("a", a, file.a);
      check(
        "gradient",
        g.map((value, q) => value - a[q]),
        file.gradient,
      );
    }),
    one("closed-form step", () => check("step", agent.mmStep(file.z, coupling), file.mmStep)),
    one("closed-form step without coupling", () => {
      check("step", agent.mmStep(file.z), file.mmStepRho0);
    }),
    one("convex blocks", () => {
      const step = agent.scaStep(file.z, file.blocks, coupling);
      expectClose("step", step, file.scaStep, absolute(file.toleranceScaAbs));
    }),
    one("local optimum", () => {
      let z: ArrayLike<number> = file.z;
      for (let step = 0; step < 300; step++) z = agent.scaStep(z, file.blocks);
      const within = absolute(file.localOptimumToleranceAbs);
      expectClose("objective", [agent.objective(z)], [file.localOptimumObjective], within);
      expectClose("weights", z, file.localOptimum, within);
    }),
    one("prediction", () => {
      const { mean, variance } = agent.predict(file.z, file.Xs);
      check("mean", mean, file.predMean);
      check("variance", variance, file.predVar);
    }),
    one("quantizer", () => {
      const { x, delta, u, out } = file.quantizer;
      knownKeys("quantizer", file.quantizer, ["x", "delta", "u", "out", "about"]);
      check("rounded", quantize(x, delta, u), out);
    }),
    one("consensus", async () => {
      const { rho, split, rounds } = file.admm;
      knownKeys("admm", file.admm, ["rho", "split", "rounds"]);
      const agents = [agentOf(0, split), agentOf(split, file.X.length)];
      const { history } = await slimKl({ agents, rho, balance: false, rounds: rounds.length });
      rounds.forEach((expected: any, r: number) => {
        knownKeys("round", expected, ["theta", "zeta", "lambda"]);
        check("theta", history[r].theta, expected.theta);
        expected.zeta.forEach((row: number[], j: number) => check("zeta", history[r].zeta[j], row));
        expected.lambda.forEach((row: number[], j: number) => check("lambda", history[r].lambda[j], row));
      });
    }),
  ];
};
