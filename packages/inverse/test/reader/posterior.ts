/** Posteriors of mixtures, and what moves particles and weights. */
import { expectClose, knownKeys, unknownSections, type GoldenCase } from "@ansatz/golden";
import { sub, type Tensor } from "@ansatz/tensor";
import { matrixOperator } from "@ansatz/tensor/linear";
import { jacobian } from "@ansatz/tensor/transform";
import { karrasSigmas, levelsFromSigmas, type Level } from "@ansatz/samplers";
import { key } from "@ansatz/tensor/random";
import {
  afdps,
  conditionedStart,
  gaussianLikelihood,
  gaussianMixturePrior,
  guidance,
  measurementOf,
  piGdm,
  samplePosterior,
  tiltedRates,
  type GaussianMeasurement,
  type MixturePrior,
  type PosteriorSampler,
} from "@ansatz/inverse/posterior";
import { f64, flat, HEAD, read } from "./common.ts";

/** What is known of the whole posterior. */
const EVIDENCE = ["log_evidence", "posterior_mean", "posterior_cov"];

const level = (lambda: number): Level => ({ alpha: 1, sigma: Math.sqrt(lambda) });

/** Half the sum of the differences between the weights of the modes and the shares that weighted particles give them. */
async function variation(posterior: MixturePrior, value: Tensor, weights: Float64Array): Promise<number> {
  const count = posterior.weights.length;
  const shares = await read(posterior.responsibilities(value));
  return (
    posterior.weights.reduce((sum, w, k) => {
      const got = weights.reduce((total, weight, i) => total + weight * shares[i * count + k], 0);
      return sum + Math.abs(got - w);
    }, 0) / 2
  );
}

export function afdpsGmm(file: any): readonly GoldenCase[] {
  const limit = { rel: file.tolerance.rel, abs: file.tolerance.abs };
  const cases = file.cases.flatMap((c: any): GoldenCase[] => {
    knownKeys(c.name, c, ["name", "prior", "A", "y", "sigma_y", "posterior", ...EVIDENCE, "points", "start"]);
    const prior = gaussianMixturePrior({
      weights: c.prior.weights,
      means: c.prior.means,
      covariances: c.prior.covs,
    });
    const operator = matrixOperator(f64(c.A));
    const likelihood = gaussianLikelihood({ operator, data: f64(c.y), sigma: c.sigma_y });
    const exact = (): ReturnType<MixturePrior["posterior"]> =>
      prior.posterior({ matrix: c.A, data: c.y, sigma: c.sigma_y });
    const close = (what: string, got: readonly number[], expected: unknown): void =>
      expectClose(what, got, flat(expected), limit);
    const posterior: GoldenCase = {
      name: `${c.name} posterior`,
      kind: "posterior",
      run() {
        const p = c.posterior;
        knownKeys("posterior", p, ["weights", "means", "covs"]);
        const { mixture, logEvidence } = exact();
        close("weights", mixture.weights, p.weights);
        close("means", mixture.means.flat(), p.means);
        close("covs", mixture.covariances.flat(2), p.covs);
        close("log_evidence", [logEvidence], c.log_evidence);
        close("posterior_mean", mixture.mean, c.posterior_mean);
        close("posterior_cov", mixture.covariance.flat(), c.posterior_cov);
      },
    };
    const points = c.points.map((p: any, i: number): GoldenCase => ({
      name: `${c.name} point ${i}`,
      kind: "points",
      async run() {
        const guides = ["exact_guidance", "dps_guidance", "pigdm_guidance_ve"];
        const fields = ["lam", "x", "log_p", "score", "denoised", "denoiser_jacobian", "fixed", "annealed", ...guides];
        knownKeys("point", p, fields);
        const x = f64([p.x]);
        const { lam } = p;
        const score = prior.score(x, lam);
        close("log_p", await read(prior.logDensity(x, lam)), p.log_p);
        close("score", await read(score), p.score);
        const denoise = (z: Tensor): Tensor => prior.denoiser.call(z, level(lam)) as Tensor;
        close("denoised", await read(denoise(x)), p.denoised);
        close("denoiser_jacobian", await read(jacobian(denoise)(x)), p.denoiser_jacobian);
        const measurement = (await measurementOf(likelihood)) as GaussianMeasurement;
        for (const target of ["fixed", "annealed"] as const) {
          const expected = p[target];
          knownKeys(target, expected, ["mu", "grad_mu", "laplacian_mu", "drift", "weight_rate"]);
          const rates = await tiltedRates(measurement, x, score, { lambda: lam, target, noise: 1 });
          close(`${target} mu`, await read(rates.mu), expected.mu);
          close(`${target} grad_mu`, await read(rates.gradient), expected.grad_mu);
          close(`${target} drift`, await read(rates.drift), expected.drift);
          close(`${target} weight_rate`, await read(rates.weightRate), expected.weight_rate);
          if (target === "fixed") {
            close("laplacian_mu", [measurement.constants(0)?.trace ?? NaN], expected.laplacian_mu);
          }
        }
        const { mixture } = exact();
        close("exact_guidance", await read(sub(mixture.score(x, lam), score)), p.exact_guidance);
        const dps = await guidance("dps", measurement, denoise, x, 0);
        close("dps_guidance", await read(dps.gradient), p.dps_guidance);
        const pigdm = await guidance("piGdm", measurement, denoise, x, lam / (1 + lam));
        close("pigdm_guidance_ve", await read(pigdm.gradient), p.pigdm_guidance_ve);
      },
    }));
    const start: GoldenCase = {
      name: `${c.name} start`,
      kind: "start",
      async run() {
        const s = c.start;
        knownKeys("start", s, ["sigma_max", "moment_matched_prior", "fixed", "annealed"]);
        const lambda = s.sigma_max ** 2;
        close("mean", prior.mean, s.moment_matched_prior.mean);
        const noisy = prior.covariance.map((row, i) => row.map((v, j) => v + (i === j ? lambda : 0)));
        close("cov", noisy.flat(), s.moment_matched_prior.cov);
        const whole = { mean: f64(prior.mean), covariance: f64(prior.covariance) };
        for (const target of ["fixed", "annealed"] as const) {
          const got = await conditionedStart(likelihood, whole, lambda, target === "annealed" ? lambda : 0);
          close(`${target} mean`, got.mean, s[target].mean);
          close(`${target} cov`, got.covariance.flat(), s[target].cov);
        }
      },
    };
    return [posterior, ...points, start];
  });
  return [...cases, measured(file), ...unknownSections(file, [...HEAD, "cases", "measured"])];
}

/** The comparison of the tables, smaller: random numbers are others, so factors count. */
function measured(file: any): GoldenCase {
  return {
    name: "measured grid9",
    kind: "measured",
    async run() {
      knownKeys("measured", file.measured, ["problem", "rows", "stable_regime"]);
      const c = file.cases.find(({ name }: any) => name === "grid9");
      const prior = gaussianMixturePrior({
        weights: c.prior.weights,
        means: c.prior.means,
        covariances: c.prior.covs,
      });
      const likelihood = gaussianLikelihood({
        operator: matrixOperator(f64(c.A)),
        data: f64(c.y),
        sigma: c.sigma_y,
      });
      const { mixture } = prior.posterior({ matrix: c.A, data: c.y, sigma: c.sigma_y });
      const levels = levelsFromSigmas([...karrasSigmas(100, 0.02, 10), 0]);
      const problem = {
        denoiser: prior.denoiser,
        likelihood,
        levels,
        mean: f64(prior.mean),
        variance: f64(prior.covariance),
      };
      const error = async (sampler: PosteriorSampler): Promise<number> => {
        let total = 0;
        for (const seed of [1, 2]) {
          const { value, weights } = await samplePosterior(sampler, problem, { key: key(seed), particles: 500 });
          total += await variation(mixture, value, weights);
          value.dispose();
        }
        return total / 2;
      };
      const ours = await error(afdps());
      const guided = await error(piGdm());
      if (!(ours <= 0.09)) throw new Error(`afdps: total variation is ${ours}, expected at most 0.09`);
      if (!(2 * ours <= guided)) throw new Error(`afdps: ${ours} is not half of PiGDM's ${guided}`);
    },
  };
}
