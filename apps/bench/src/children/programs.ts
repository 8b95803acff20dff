/** Programs whose memory is measured: each runs in a process, or a page, of its own. */
import { evenAngles, parallelBeam, projector } from "@ansatz/inverse";
import { compile, configure, full, memory, ones, tensor, zeros, type Tensor } from "@ansatz/tensor";

/** Memory that a program used. */
export interface MemoryFigures {
  /** Most bytes that tensors held at one time. */
  readonly peak: number;
  /** Growth of the JavaScript heap in bytes, where it can be seen. */
  readonly heapGrowth: number | null;
  /** Largest resident size of the process in bytes, where it can be seen. */
  readonly resident: number | null;
}

interface NodeProcess {
  memoryUsage(): { readonly heapUsed: number };
  resourceUsage(): { readonly maxRSS: number };
}

const node = (globalThis as { process?: NodeProcess }).process;

function heap(): number | null {
  if (typeof node?.memoryUsage !== "function") return null;
  (globalThis as { gc?: () => void }).gc?.();
  return node.memoryUsage().heapUsed;
}

function figures(before: number | null): MemoryFigures {
  const after = heap();
  return {
    peak: memory("cpu").peak,
    heapGrowth: before === null || after === null ? null : after - before,
    resident: typeof node?.resourceUsage === "function" ? node.resourceUsage().maxRSS * 1024 : null,
  };
}

/** 400 tensors of 16 MiB, a value read from each, none disposed. */
export async function manyTensors(): Promise<MemoryFigures> {
  configure({ threads: 1 });
  const before = heap();
  for (let i = 0; i < 400; i++) {
    const t = full([2 ** 22], i, { device: "cpu" })
      .add(1)
      .eval();
    const value = Number(
      await t
        .slice([[0, 1]])
        .reshape([])
        .item(),
    );
    if (value !== i + 1) throw new Error(`manyTensors: wrong value (got ${value}, expected ${i + 1}).`);
  }
  return figures(before);
}

/** `x = step(x)` 20 000 times without a read, none disposed. */
export async function longLoop(): Promise<MemoryFigures> {
  configure({ threads: 1 });
  let x: Tensor = ones([64], { device: "cpu" });
  const step = (t: Tensor): Tensor => t.mul(0.5).add(1);
  for (let i = 0; i < 1000; i++) x = step(x);
  const before = heap();
  for (let i = 0; i < 20_000; i++) x = step(x);
  const after = figures(before);
  const value = Number(
    await x
      .slice([[0, 1]])
      .reshape([])
      .item(),
  );
  if (value !== 2) throw new Error(`longLoop: wrong value (got ${value}, expected 2).`);
  return after;
}

/** 1000 steps of Adam on 2^18 parameters with donated arguments. */
export async function adamSteps(): Promise<MemoryFigures> {
  configure({ threads: 1 });
  const size = 2 ** 18;
  const before = heap();
  const step = compile<[Tensor, Tensor, Tensor, number, number], Tensor[]>(
    (p, m, v, rate, correction) => {
      const m2 = m.mul(0.9).add(p.mul(0.1));
      const v2 = v.mul(0.999).add(p.square().mul(0.001));
      return [p.sub(m2.mul(rate).div(v2.sqrt().mul(correction).add(1e-8))), m2, v2];
    },
    { donate: [0, 1, 2] },
  );
  const start = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
  let state = [tensor(start, { device: "cpu" }), zeros([size], { device: "cpu" }), zeros([size], { device: "cpu" })];
  for (let t = 1; t <= 1000; t++) {
    state = step(state[0], state[1], state[2], 1e-3 / (1 - 0.9 ** t), 1 / Math.sqrt(1 - 0.999 ** t));
  }
  await state[0].data();
  return figures(before);
}

/** A projection of 512 x 512 pixels in 360 views to 729 elements, and its back-projection. */
export async function projections(): Promise<MemoryFigures> {
  configure({ threads: 1 });
  const before = heap();
  const image = { rows: 512, columns: 512, pixel: 1 };
  const operator = projector(parallelBeam({ image, angles: evenAngles(360), detectors: 729, spacing: 1 }));
  const sinogram = operator.apply(ones(operator.domain, { device: "cpu" }));
  await operator.adjoint(sinogram).data();
  return figures(before);
}
