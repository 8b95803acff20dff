/** awq_smooth_adaround.json. */
import { expectClose, expectEqual, knownKeys, unknownSections } from "@ansatz/golden";
import type { GoldenCase } from "@ansatz/golden";
import {
  awq,
  awqClip,
  exhaustiveRounding,
  inverseRectifiedSigmoid,
  meanAbsolute,
  outputError,
  rectifiedSigmoid,
  roundHalfEven,
  roundingRegularizer,
  smoothQuant,
} from "@ansatz/quant";
import { f32 } from "./common.ts";

const EXACT = { rel: 1e-9 };

const layerOf = (c: any) => ({ rows: c.rows, columns: c.cols, weight: f32(c.W), inputs: f32(c.X) });

function awqCase(c: any): void {
  knownKeys("awq", c, [
    ..."rows cols samples bits group X W act_scale loss_history best_index best_ratio scales".split(" "),
    ..."objective objective_rtn".split(" "),
  ]);
  const found = awq(layerOf(c), { bits: c.bits, group: c.group, steps: c.loss_history.length });
  expectClose("mean input", meanAbsolute(f32(c.X), c.cols), c.act_scale, EXACT);
  expectClose("losses", found.losses, c.loss_history, EXACT);
  expectEqual("index", found.index, c.best_index);
  expectClose("ratio", [found.ratio], [c.best_ratio], EXACT);
  expectClose("scales", found.inputScale, c.scales, EXACT);
  const mean = outputError(layerOf(c), found.values) / (c.rows * c.samples);
  expectClose("objective", [mean, found.losses[0]], [c.objective, c.objective_rtn], EXACT);
}

function clipCase(c: any, file: any): void {
  knownKeys("awq_clip", c, ["uses", "bits", "group", "best_max", "shape", "about"]);
  const used = /^awq\[(\d+)\] W and X$/.exec(c.uses);
  if (used === null) throw new Error(`unknown data ${c.uses}`);
  // These limits were computed from the numbers as they stand in the file, not from their float32 neighbours.
  const data = file.awq[Number(used[1])];
  const layer = { ...layerOf(data), weight: data.W, inputs: data.X };
  expectEqual("shape", [layer.rows, layer.columns / c.group], c.shape);
  expectClose("limits", awqClip(layer, { bits: c.bits, group: c.group }), c.best_max, EXACT);
}

/** Mean squared change of the outputs with symmetric codes of 8 bits: weights per row, inputs per tensor. */
function w8a8(layer: ReturnType<typeof layerOf>, exact: ReturnType<typeof layerOf>): number {
  const { rows, columns } = layer;
  const quantized = (x: Float64Array, part: number): Float64Array => {
    const out = x.slice();
    for (let start = 0; start < x.length; start += part) {
      const s = x.subarray(start, start + part).reduce((m, v) => Math.max(m, Math.abs(v)), 0) / 127;
      for (let i = start; i < start + part; i++) out[i] = s * Math.max(-127, Math.min(127, roundHalfEven(x[i] / s)));
    }
    return out;
  };
  const weight = quantized(Float64Array.from(layer.weight), columns);
  const inputs = quantized(Float64Array.from(layer.inputs), layer.inputs.length);
  let sum = 0;
  const samples = inputs.length / columns;
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < samples; k++) {
      let d = 0;
      for (let j = 0; j < columns; j++) {
        d += weight[r * columns + j] * inputs[k * columns + j];
        d -= exact.weight[r * columns + j] * exact.inputs[k * columns + j];
      }
      sum += d * d;
    }
  }
  return sum / (rows * samples);
}

function smoothCase(c: any): void {
  knownKeys("smoothquant", c, "cols rows samples alpha X W smooth mse_w8a8_before mse_w8a8_after".split(" "));
  const layer = layerOf(c);
  const found = smoothQuant(layer, c.alpha);
  expectClose("factors", found.factors, c.smooth, EXACT);
  expectClose("before", [w8a8(layer, layer)], [c.mse_w8a8_before], EXACT);
  expectClose("after", [w8a8(found.layer as typeof layer, layer)], [c.mse_w8a8_after], EXACT);
}

function adaroundCase(c: any): void {
  knownKeys("adaround", c, [
    ..."d samples bits scale X w floor_codes V0 h_of_V0 reg_beta20 reg_beta2".split(" "),
    ..."objective_rtn codes_rtn objective_best_updown codes_best_updown".split(" "),
  ]);
  const w = Float64Array.from(f32(c.w));
  const floors = w.map((v) => Math.floor(v / c.scale));
  expectEqual("floors", Array.from(floors), c.floor_codes);
  const v0 = w.map((v, j) => inverseRectifiedSigmoid(v / c.scale - floors[j]));
  expectClose("V0", v0, c.V0, EXACT);
  expectClose("h", v0.map(rectifiedSigmoid), c.h_of_V0, { rel: 1e-9, abs: 1e-15 });
  const regularizers = [20, 2].map((beta) => roundingRegularizer(v0.map(rectifiedSigmoid), beta));
  expectClose("regularizers", regularizers, [c.reg_beta20, c.reg_beta2], EXACT);
  const layer = { rows: 1, columns: c.d, weight: w, inputs: f32(c.X) };
  const limit = 2 ** (c.bits - 1);
  const nearest = w.map((v) => Math.max(-limit, Math.min(limit - 1, roundHalfEven(v / c.scale))));
  expectEqual("nearest", Array.from(nearest), c.codes_rtn);
  expectClose(
    "objective of nearest",
    [
      outputError(
        layer,
        nearest.map((code) => code * c.scale),
      ),
    ],
    [c.objective_rtn],
    EXACT,
  );
  const best = exhaustiveRounding(w, layer.inputs, c.scale, c.bits);
  expectEqual("best", Array.from(best.codes), c.codes_best_updown);
  expectClose("objective of best", [best.objective], [c.objective_best_updown], EXACT);
}

const KINDS: Record<string, (c: any, file: any) => void> = {
  awq: awqCase,
  awq_clip: clipCase,
  smoothquant: smoothCase,
  adaround: adaroundCase,
};

export function awqSmoothAdaround(file: any): GoldenCase[] {
  const cases = Object.entries(KINDS).flatMap(([kind, run]) =>
    (file[kind] ?? []).map((c: any, i: number) => ({ name: `${i}`, kind, run: () => run(c, file) })),
  );
  return [...unknownSections(file, ["source", "about", "tolerance", ...Object.keys(KINDS)]), ...cases];
}
