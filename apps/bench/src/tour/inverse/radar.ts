/** Point targets before a small near-field radar, by back-projection and by sparse reconstruction. */
import {
  fista,
  gaussianNoise,
  l1,
  linearArray,
  mimoOperator,
  onMagnitude,
  psnr,
  reconstruct,
  sigmaForSnr,
  toPixels,
  toPng,
  type MimoSetup,
} from "@ansatz/inverse";
import { asReal, complex, tensor, type Citation, type Tensor } from "@ansatz/tensor";
import { uniform, type Key } from "@ansatz/tensor/random";
import { breathe } from "../../cli/io.ts";
import type { PartContext } from "../part.ts";

/** How much is done. */
export interface RadarSettings {
  /** Antennas on each of the two lines. */
  readonly antennas: number;
  readonly frequencies: number;
  /** Voxels along x and along y, an odd number. */
  readonly across: number;
  readonly depths: number;
  readonly targets: number;
  /** Signal to noise of the echoes, in dB. */
  readonly snr: number;
  /** Weight of the magnitudes, as a share of the largest value of the back-projection. */
  readonly share: number;
  readonly iterations: number;
}

/** An image of the scene. */
export interface RadarImage {
  readonly method: string;
  /** Largest magnitude along the depth, seen from the antennas. */
  readonly png: Uint8Array;
  /** Of magnitudes divided by the largest, in dB. */
  readonly psnr: number;
  /** Targets that are among as many largest voxels. */
  readonly found: number;
  readonly seconds: number;
}

/** What was found. */
export interface RadarFindings {
  readonly voxels: number;
  readonly measurements: number;
  readonly truth: Uint8Array;
  readonly images: readonly RadarImage[];
  /** Voxel of a single target, and the largest voxel of its back-projection. */
  readonly single: { readonly target: number; readonly largest: number };
  readonly citations: readonly Citation[];
}

/** Half a metre away, both lines of antennas 30 cm long, 4 to 16 GHz. */
function setupOf({ antennas, frequencies, across, depths }: RadarSettings): MimoSetup {
  const line = (count: number, from: number, to: number): number[] =>
    Array.from({ length: count }, (_, i) => from + ((to - from) * i) / Math.max(count - 1, 1));
  return {
    transmitters: linearArray("x", antennas, 0.3),
    receivers: linearArray("y", antennas, 0.3),
    frequencies: line(frequencies, 4e9, 16e9),
    x: line(across, -0.15, 0.15),
    y: line(across, -0.15, 0.15),
    z: line(depths, 0.47, 0.53),
  };
}

/** Targets of magnitude 1 with phases, no two in neighbouring voxels of the plane. */
async function placeTargets(key: Key, shape: readonly number[], count: number): Promise<Map<number, number>> {
  const [rows, columns, depths] = shape;
  const size = rows * columns * depths;
  using draws = uniform(key, [64 * count, 2], { dtype: "f64" });
  const u = await draws.data();
  const place = (v: number): [number, number] => [Math.floor(v / depths / columns), Math.floor(v / depths) % columns];
  const chosen = new Map<number, number>();
  for (let i = 0; i < 64 * count && chosen.size < count; i++) {
    const v = Math.floor(u[2 * i] * size);
    const [a, b] = place(v);
    const near = [...chosen.keys()].some((other) => {
      const [c, d] = place(other);
      return Math.max(Math.abs(a - c), Math.abs(b - d)) < 3;
    });
    if (!near) chosen.set(v, 2 * Math.PI * u[2 * i + 1]);
  }
  return chosen;
}

/** A scene with targets of magnitude 1, by voxel and phase. */
function sceneOf(targets: ReadonlyMap<number, number>, shape: readonly number[], device: string): Tensor {
  const size = shape.reduce((a, b) => a * b);
  const [re, im] = [new Float32Array(size), new Float32Array(size)];
  for (const [v, phase] of targets) [re[v], im[v]] = [Math.cos(phase), Math.sin(phase)];
  return complex(tensor(re, { shape, device }), tensor(im, { shape, device }));
}

async function magnitudes(x: Tensor): Promise<Float64Array> {
  const parts = asReal(x);
  const values = await parts.data();
  parts.dispose();
  return Float64Array.from({ length: x.size }, (_, i) => Math.hypot(Number(values[2 * i]), Number(values[2 * i + 1])));
}

/** Indices of the largest values. */
function largest(values: Float64Array, count: number): number[] {
  return Array.from(values.keys())
    .sort((a, b) => values[b] - values[a])
    .slice(0, count);
}

/** Magnitudes divided by the largest. */
function normalized(values: Float64Array): Float64Array {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return values.map((v) => (most > 0 ? v / most : 0));
}

/** Largest magnitude along the depth as a picture: x to the right, y up. */
async function view(values: Float64Array, [across, high, depths]: readonly number[]): Promise<Uint8Array> {
  const plane = new Float64Array(across * high);
  values.forEach((value, i) => {
    const [x, y] = [Math.floor(i / depths / high), Math.floor(i / depths) % high];
    const at = (high - 1 - y) * across + x;
    plane[at] = Math.max(plane[at], value);
  });
  using picture = tensor(plane, { shape: [high, across] });
  return toPng(await toPixels(picture, { map: "heat", low: 0, high: 1 }));
}

/** Records echoes of the targets with noise, and reconstructs the scene. */
export async function runRadar(context: PartContext, s: RadarSettings): Promise<RadarFindings> {
  const { key, signal, report, device } = context;
  const operator = mimoOperator(setupOf(s));
  const shape = operator.domain;
  const targets = await placeTargets(key.fold(0), shape, s.targets);
  const scene = sceneOf(targets, shape, device.name);
  const echoes = operator.apply(scene);
  const data = gaussianNoise(key.fold(1), echoes, await sigmaForSnr(echoes, s.snr));
  const truth = await magnitudes(scene);
  const images: RadarImage[] = [];
  const citations: Citation[] = [];
  const judge = async (method: string, run: () => Promise<Tensor>): Promise<Float64Array> => {
    report(method);
    const start = performance.now();
    const image = await run();
    const values = await magnitudes(image);
    const seconds = (performance.now() - start) / 1000;
    image.dispose();
    const scaled = normalized(values);
    images.push({
      method,
      png: await view(scaled, shape),
      psnr: await psnr(tensor(scaled), tensor(truth)),
      found: largest(scaled, targets.size).filter((v) => targets.has(v)).length,
      seconds,
    });
    await breathe(signal);
    return values;
  };
  const back = await judge("back-projection", async () => operator.adjoint(data));
  const weight = s.share * back.reduce((a, b) => Math.max(a, b), 0);
  await judge("l1", async () => {
    const algorithm = fista({ regularizer: onMagnitude(l1(weight)) });
    const result = await reconstruct(algorithm, { operator, data }, { maxIterations: s.iterations, signal });
    citations.push(...result.citations);
    return result.value;
  });
  const [target] = targets.keys();
  const alone = operator.apply(sceneOf(new Map([[target, 0]]), shape, device.name));
  const [found] = largest(await magnitudes(operator.adjoint(alone)), 1);
  return {
    voxels: truth.length,
    measurements: data.size,
    truth: await view(truth, shape),
    images,
    single: { target, largest: found },
    citations,
  };
}
