/** `models_exact.json`: the mixtures' predictions, guidance, and the end points of their probability flow. */
import { guided, type Prediction } from "@ansatz/samplers";
import { exactFlow } from "@ansatz/samplers/problems";
import {
  expectClose,
  knownKeys,
  unknownSections,
  type GoldenCase,
  type GoldenReader,
  type Tolerance,
} from "@ansatz/golden";
import { denoiserOf, flat, mixtureOf, points } from "./common.ts";

export const modelsExact: GoldenReader = (file) => {
  const { tolerance, models } = file;
  return [
    ...unknownSections(file, [
      "about",
      "source",
      "tolerance",
      "models",
      "outputs",
      "guidance",
      "exact_flow",
      "gaussian_closed_form",
    ]),
    ...(file.outputs ?? []).map((entry: any, i: number) => outputs(entry, i, models, tolerance)),
    ...(file.guidance ?? []).map((entry: any) => guidance(entry, models, tolerance)),
    ...(file.exact_flow ?? []).map((entry: any) => flow(entry, mixtureOf(models[entry.model]), tolerance)),
    ...(file.gaussian_closed_form ?? []).map((entry: any) => closedForm(entry, tolerance)),
  ];
};

const FIELDS: readonly (readonly [string, Prediction])[] = [
  ["eps", "epsilon"],
  ["x0", "x0"],
  ["score", "score"],
  ["v_prediction", "v"],
  ["flow_velocity", "flow"],
];

function outputs(entry: any, i: number, models: any, tolerance: Tolerance): GoldenCase {
  return {
    name: `outputs ${entry.model} alpha=${entry.alpha} (${i})`,
    kind: "outputs",
    async run() {
      knownKeys("outputs", entry, ["model", "x", "alpha", "sigma", ...FIELDS.map(([field]) => field)]);
      const x = points(entry.x);
      for (const [field, predict] of FIELDS) {
        const got = await denoiserOf(models[entry.model], predict).call(x, entry);
        expectClose(field, await got.data(), flat(entry[field]), tolerance);
      }
    },
  };
}

function guidance(entry: any, models: any, tolerance: Tolerance): GoldenCase {
  return {
    name: `guidance ${entry.model} weight ${entry.weight}`,
    kind: "guidance",
    async run() {
      knownKeys("guidance", entry, [
        "model",
        "cond_components",
        "weight",
        "x",
        "alpha",
        "sigma",
        "eps_uncond",
        "eps_cond",
        "eps_guided",
      ]);
      const unconditional = denoiserOf(models[entry.model]);
      const conditional = denoiserOf(someComponents(models[entry.model], entry.cond_components));
      const mixed = guided({ conditional, unconditional, weight: entry.weight });
      const x = points(entry.x);
      const level = { alpha: entry.alpha, sigma: entry.sigma };
      expectClose("uncond", await (await unconditional.call(x, level)).data(), flat(entry.eps_uncond), tolerance);
      expectClose("cond", await (await conditional.call(x, level)).data(), flat(entry.eps_cond), tolerance);
      expectClose("guided", await (await mixed.call(x, level)).data(), flat(entry.eps_guided), tolerance);
    },
  };
}

/** The mixture of some of the components. */
export function someComponents(model: any, indices: number[]): any {
  const pick = (list: unknown[]): unknown[] => indices.map((i) => list[i]);
  return { weights: pick(model.weights), means: pick(model.means), variances: pick(model.variances) };
}

function flow(entry: any, mixture: any, tolerance: Tolerance): GoldenCase {
  return {
    name: `exact flow ${entry.model ?? "gaussian"} ${entry.levels ?? ""} ${entry.alpha[0]} to ${entry.alpha[1]}`,
    kind: "exact flow",
    async run() {
      knownKeys("exact flow", entry, [
        "model",
        "levels",
        "t_start",
        "t_end",
        "beta_start",
        "beta_end",
        "alpha",
        "sigma",
        "x_start",
        "x_end",
      ]);
      const [from, to] = [0, 1].map((i) => ({ alpha: entry.alpha[i], sigma: entry.sigma[i] }));
      const end = await exactFlow(mixture, points(entry.x_start), from, to);
      expectClose("x_end", await end.data(), flat(entry.x_end), tolerance);
    },
  };
}

function closedForm(entry: any, tolerance: Tolerance): GoldenCase {
  const column = (values: number[]): number[][] => values.map((value) => [value]);
  const { mean, variance, x_start, x_end, ...levels } = entry;
  const mixture = { weights: [1], means: [[mean]], variances: [[variance]] };
  const inner = flow({ ...levels, x_start: column(x_start), x_end: column(x_end) }, mixture, tolerance);
  return {
    ...inner,
    name: `gaussian mean ${mean} variance ${variance} from alpha ${entry.alpha[0]}`,
    kind: "closed form",
  };
}
