/** ptq4dm_toy.json: the toy denoiser in float, its sampling, time steps, and its quantised forms. */
import { add, clip, div, mul, round, sub, tensor } from "@ansatz/tensor";
import { ddim, sample } from "@ansatz/samplers";
import type { PredictingDenoiser } from "@ansatz/samplers";
import { expectClose, expectEqual, knownKeys, unknownSections } from "@ansatz/golden";
import type { GoldenCase } from "@ansatz/golden";
import { minMaxObserver, normalTimes, quantizeNetwork, roundHalfEven, uniformTimes, walkLayers } from "@ansatz/quant";
import type { Observer, QuantizedModel } from "@ansatz/quant";
import { f32 } from "./common.ts";
import { toyNetwork, toySchedule } from "../support/toy.ts";
import type { ToyParams } from "../support/toy.ts";

const f64 = (list: readonly number[], shape: number[]) => tensor(Float64Array.from(f32(list)), { shape, dtype: "f64" });

async function eps(file: any, model?: QuantizedModel<ToyParams>): Promise<Float64Array> {
  const { network, params } = toyNetwork(file, "f64");
  const { x, t } = file.eps_points;
  const input = f64(x, [t.length, 2]);
  const time = tensor(Float64Array.from(t), { dtype: "f64" });
  if (model === undefined) return (await network.apply(params, input, time).data()) as Float64Array;
  // The times differ from item to item, so the layers are walked by hand.
  const y = walkLayers(network, model.params, input, time, (path, { input: v }) => {
    const entry = model.inputs.get(path);
    if (entry === undefined) return v;
    const [{ scale, zeroPoint }] = entry.segments;
    const codes = clip(add(round(div(v, scale)), zeroPoint), 0, 2 ** entry.bits - 1);
    return mul(sub(codes, zeroPoint), scale);
  });
  return (await y.data()) as Float64Array;
}

async function runDdim(file: any, c: any): Promise<void> {
  knownKeys("ddim", c, ["steps", "xT", "x0", "tolerance"]);
  const { network, params } = toyNetwork(file, "f64");
  const schedule = toySchedule(file);
  const denoiser: PredictingDenoiser = {
    predict: "x0",
    clips: true,
    call(x, { alpha, sigma, time }) {
      const noise = network.apply(
        params,
        x,
        tensor(new Float64Array(x.shape[0]).fill(time as number), { dtype: "f64" }),
      );
      return clip(div(sub(x, mul(noise, sigma)), alpha), -4, 4);
    },
  };
  const times = Array.from({ length: c.steps }, (_, i) => roundHalfEven((i * (file.T - 1)) / (c.steps - 1))).reverse();
  const { value } = await sample({
    sampler: ddim(),
    denoiser,
    levels: [...times.map((t) => schedule.level(t)), { alpha: 1, sigma: 0 }],
    x: f64(c.xT, [c.xT.length / 2, 2]),
  });
  expectClose("x0", await value.data(), c.x0, { abs: c.tolerance });
}

async function quantised(file: any, c: any): Promise<void> {
  const fields = "weight_bits act_bits params eps_quantised eps_mse_on_points tolerance".split(" ");
  knownKeys("set", c, fields);
  const { network, params } = toyNetwork(file, "f64");
  const set = { x: f32(file.calibration.x), t: Int32Array.from(file.calibration.t), shape: [2] };
  const model = await quantizeNetwork(network, params, set, {
    weightBits: c.weight_bits,
    inputBits: c.act_bits,
    edgeBits: 2,
    observer: () => minMaxObserver() as Observer,
    weightScales: "largest",
  });
  expectEqual("layers", [...model.inputs.keys()].sort(), Object.keys(c.params).sort());
  for (const [name, wanted] of Object.entries<any>(c.params)) {
    const [found] = model.inputs.get(name)?.segments ?? [];
    expectClose(`${name} scale`, [found.scale], [wanted.scale], { rel: 1e-5 });
    expectEqual(`${name} zero point`, found.zeroPoint, wanted.zero_point);
  }
  const found = await eps(file, model);
  const far = c.eps_quantised.filter((v: number, i: number) => !(Math.abs(found[i] - v) <= 1e-4));
  if (far.length > 1) throw new Error(`${far.length} outputs differ by more than 1e-4`);
  expectClose("outputs", found, c.eps_quantised, { abs: 0.1 });
  const exact = file.eps_points.eps;
  const mse = found.reduce((sum, v, i) => sum + (v - exact[i]) ** 2, 0) / found.length;
  expectClose("mean square", [mse], [c.eps_mse_on_points], { rel: 1e-3 });
}

export function ptq4dmToy(file: any): GoldenCase[] {
  const known = "source dataset T about layers eps_points ddim alpha_bar_at time_samplers calibration".split(" ");
  const cases: GoldenCase[] = unknownSections(file, [...known, "measured_eps_mse_median_min_max"]);
  cases.push({
    name: "noise predictions",
    kind: "eps_points",
    async run() {
      knownKeys("eps_points", file.eps_points, ["x", "t", "eps", "tolerance"]);
      expectClose("eps", await eps(file), file.eps_points.eps, { abs: file.eps_points.tolerance });
    },
  });
  cases.push({
    name: "schedule",
    kind: "alpha_bar_at",
    run() {
      const { alphaBars } = toySchedule(file);
      for (const [t, value] of Object.entries<number>(file.alpha_bar_at)) {
        expectClose(`alpha bar ${t}`, [alphaBars[Number(t)]], [value], { rel: 1e-9 });
      }
    },
  });
  cases.push({
    name: "times",
    kind: "time_samplers",
    run() {
      const { N, T, z, uniform, ...others } = file.time_samplers;
      expectEqual("uniform", Array.from(uniformTimes(N, T)), uniform);
      for (const [name, wanted] of Object.entries(others)) {
        const [, mean, deviation] = /^normal_mu0(\d+)_sd0(\d+)$/.exec(name) as string[];
        const options = { mean: Number(`0.${mean}`), deviation: Number(`0.${deviation}`) };
        expectEqual(name, Array.from(normalTimes(z, T, options)), wanted);
      }
    },
  });
  for (const c of file.ddim) cases.push({ name: `${c.steps} steps`, kind: "ddim", run: () => runDdim(file, c) });
  for (const c of file.calibration.sets) {
    cases.push({ name: `W${c.weight_bits}A${c.act_bits}`, kind: "calibration", run: () => quantised(file, c) });
  }
  return cases;
}
