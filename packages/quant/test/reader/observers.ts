/** observers.json: ranges, percentiles, threshold searches and entropy thresholds. */
import { expectClose, expectEqual, knownKeys, unknownCase, unknownSections } from "@ansatz/golden";
import type { GoldenCase } from "@ansatz/golden";
import {
  entropyThreshold,
  minMaxObserver,
  movingAverageObserver,
  observeAll,
  percentileRange,
  perChannel,
  scaleOfRange,
  searchThreshold,
} from "@ansatz/quant";
import type { IntegerType, Metric } from "@ansatz/quant";
import { f32 } from "./common.ts";

const SCALE = { rel: 1e-6 };
const VALUE = { rel: 1e-9 };

function minMax(x: Float32Array, name: string, c: any): void {
  knownKeys(name, c, ["scale", "zero_point"]);
  const [, sign, bits, symmetry] = /^torch_minmax_(u?)int(\d)_(sym|asym)$/.exec(name) as string[];
  const type = `${sign === "u" ? "u" : "i"}${bits}` as IntegerType;
  const { min, max } = observeAll(minMaxObserver(), [x]);
  const found = scaleOfRange(min, max, { type, symmetric: symmetry === "sym", convention: "torch" });
  expectClose(`${name} scale`, [found.scale], [c.scale], SCALE);
  expectEqual(`${name} zero point`, found.zeroPoint, c.zero_point);
}

const metricOf = (name: string): Metric =>
  name === "cosine" ? name : { power: name === "mse" ? 2 : Number(name.slice(1)) };

function search(x: Float32Array, name: string, c: any): void {
  knownKeys(name, c, ["index", "threshold", "value", "zero_point"]);
  const match = /^(mse|cosine|l[\d.]+)_(\d)bit_(signed|unsigned|signed_either_zp)$/.exec(name);
  if (match === null) throw new Error(`unknown search ${name}`);
  const [, metric, bits, kind] = match;
  const found = searchThreshold(x, {
    bits: Number(bits),
    metric: metricOf(metric),
    unsigned: kind === "unsigned",
    eitherZero: kind === "signed_either_zp",
  });
  expectEqual(`${name} index`, found.index, c.index);
  expectClose(`${name} threshold`, [found.threshold], [c.threshold], SCALE);
  expectClose(`${name} value`, [found.value], [c.value], VALUE);
  if (c.zero_point !== undefined) expectEqual(`${name} zero point`, found.zeroPoint, c.zero_point);
}

function entropy(x: Float32Array, c: any): void {
  knownKeys("entropy", c, ["hist", "max", "threshold", "threshold_bin", "kl_at_first_mid_last"]);
  const max = x.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  expectClose("largest", [max], [c.max], () => 0);
  const { bin, threshold, divergences } = entropyThreshold(c.hist, max);
  expectEqual("bin", bin, c.threshold_bin);
  expectClose("threshold", [threshold], [c.threshold], SCALE);
  const picked = [0, divergences.length >> 1, divergences.length - 1].map((i) => divergences[i]);
  expectClose("divergences", picked, c.kl_at_first_mid_last, VALUE);
}

function tensor(c: any): void {
  const minmax = Object.keys(c).filter((key) => key.startsWith("torch_minmax_"));
  // ptq4dm_authors_*: informational, see the README of the golden data.
  const informational = Object.keys(c).filter((key) => /^ptq4dm_authors_\dbit$/.test(key));
  const fields = "kind dist x percentile_abs percentile_two_sided metric_search entropy_256bins".split(" ");
  knownKeys("case", c, [...fields, ...minmax, ...informational]);
  const x = f32(c.x);
  for (const name of minmax) minMax(x, name, c[name]);
  for (const [p, value] of Object.entries(c.percentile_abs)) {
    expectClose(`percentile ${p}`, [percentileRange(x, Number(p)).max], [value as number], VALUE);
  }
  for (const [p, range] of Object.entries(c.percentile_two_sided)) {
    const { min, max } = percentileRange(x, Number(p), "twoSided");
    expectClose(`percentiles ${p}`, [min, max], range as number[], VALUE);
  }
  for (const [name, wanted] of Object.entries(c.metric_search)) search(x, name, wanted);
  entropy(x, c.entropy_256bins);
}

function movingAverage(c: any): void {
  knownKeys("case", c, ["kind", "averaging_constant", "batches", "min", "max", "scale", "zero_point"]);
  const { min, max } = observeAll(movingAverageObserver({ rate: c.averaging_constant }), c.batches.map(f32));
  expectClose("range", [min, max], [c.min, c.max], SCALE);
  const found = scaleOfRange(min, max, { type: "u8", convention: "torch" });
  expectClose("scale", [found.scale], [c.scale], SCALE);
  expectEqual("zero point", found.zeroPoint, c.zero_point);
}

function channels(c: any): void {
  knownKeys("case", c, ["kind", "shape", "x", "scale", "zero_point", "note"]);
  const [rows, columns] = c.shape;
  const x = f32(c.x);
  const transposed = x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)]);
  const observer = perChannel(minMaxObserver(), rows);
  const found = observer
    .ranges(observer.observe(observer.init(), transposed))
    .map(({ min, max }) => scaleOfRange(min, max, { type: "i8", symmetric: true, convention: "torch" }));
  expectClose(
    "scales",
    found.map(({ scale }) => scale),
    c.scale,
    SCALE,
  );
  expectEqual(
    "zero points",
    found.map(({ zeroPoint }) => zeroPoint),
    c.zero_point,
  );
}

const KINDS: Record<string, (c: any) => void> = { tensor, moving_average: movingAverage, per_channel_torch: channels };

export function observers(file: any): GoldenCase[] {
  const cases = file.cases.map((c: any, i: number) => {
    const name = `${c.dist ?? ""} ${i}`;
    return c.kind in KINDS ? { name, kind: c.kind, run: () => KINDS[c.kind](c) } : unknownCase(name, c.kind);
  });
  return [...unknownSections(file, ["source", "about", "tolerance", "cases"]), ...cases];
}
