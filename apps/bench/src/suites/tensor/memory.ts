/** F1 to F3: memory without `dispose`, long loops, and bits that do not depend on the number of threads. */
import { configure, exp, layerNorm, matmul, mean, softmax, sum, tensor, type Tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { key, normal } from "@ansatz/tensor/random";
import { inChromium, inNode20, inThisNode } from "../../children/run.ts";
import type { MemoryFigures } from "../../children/programs.ts";
import { ramp } from "../../peers/work.ts";
import type { Row, Target } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

const MEBIBYTE = 2 ** 20;

/** Runs a program and reports one of its figures; where it cannot run, the row says why. */
async function measured(
  facts: { readonly id: string; readonly title: string; readonly target: Target; readonly unit: string },
  run: () => Promise<MemoryFigures>,
  pick: (figures: MemoryFigures) => number,
): Promise<Row> {
  try {
    const figures = await run();
    const resident = figures.resident === null ? undefined : `process: ${Math.round(figures.resident / MEBIBYTE)} MiB`;
    return makeRow({ ...facts, better: "less", value: pick(figures), note: resident });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return makeRow({ ...facts, better: "less", value: null, note: `not measured: ${reason}` });
  }
}

export const f1: Figure = {
  id: "F1",
  title: "400 tensors of 16 MiB in a loop with one read each, none disposed",
  async run({ signal, report }) {
    const target = { relation: "<=", value: 512 } as const;
    const row = (where: string, title: string, run: () => Promise<MemoryFigures>): Promise<Row> => {
      report(title);
      const facts = { id: `F1.${where}`, title: `peak, ${title}`, target, unit: "MiB" };
      return measured(facts, run, ({ peak }) => peak / MEBIBYTE);
    };
    return [
      await row("node", `Node ${process.versions.node}`, () => inThisNode("manyTensors", signal)),
      await row("node20", "Node 20", () => inNode20("manyTensors", signal)),
      await row("chromium", "Chromium", () => inChromium("manyTensors")),
    ];
  },
};

export const f2: Figure = {
  id: "F2",
  title: "x = step(x) 20 000 times without a read",
  run: async ({ signal }) => [
    await measured(
      {
        id: "F2",
        title: "growth of the JavaScript heap in 20 000 steps",
        target: { relation: "<", value: 30 },
        unit: "MB",
      },
      () => inThisNode("longLoop", signal),
      ({ heapGrowth }) => (heapGrowth ?? Infinity) / 1e6,
    ),
  ],
};

/** Computations long enough to be cut into pieces for threads, one of each kind. */
const COMPUTATIONS: Readonly<Record<string, (x: Tensor, seed: number) => Tensor>> = {
  map: (x) => exp(x.mul(0.5)).mul(x),
  sum: (x) => sum(exp(x)),
  "sum of rows": (x) => sum(x.reshape([-1, 1024]), { axis: 1 }),
  "mean of columns": (x) => mean(x.reshape([-1, 1024]), { axis: 0 }),
  softmax: (x) => softmax(x.reshape([-1, 1024]), 1),
  layerNorm: (x) => layerNorm(x.reshape([-1, 1024])),
  transpose: (x) => x.reshape([-1, 1024]).transpose().mul(1.5),
  matmul: (x) => {
    const m = x.slice([[0, 512 * 512]]).reshape([512, 512]);
    return matmul(m, m);
  },
  conv2d: (x) =>
    conv2d(x.slice([[0, 32 * 16 * 28 * 28]]).reshape([32, 16, 28, 28]), x.slice([[0, 2304]]).reshape([16, 16, 3, 3]), {
      padding: 1,
    }),
  normal: (_, seed) => normal(key(seed), [1 << 20], { device: "cpu" }),
};

const THREADS = [2, 3, 4];

export const f3: Figure = {
  id: "F3",
  title: "the same bits for any number of threads",
  async run({ seed, report }) {
    const before = configure({ threads: 1 });
    const different: string[] = [];
    try {
      using x = tensor(ramp(1 << 20), { device: "cpu" });
      for (const [name, compute] of Object.entries(COMPUTATIONS)) {
        report(name);
        const runWith = async (threads: number): Promise<Uint8Array> => {
          configure({ threads });
          using y = compute(x, seed);
          const { buffer } = await y.data();
          return new Uint8Array(buffer);
        };
        const alone = await runWith(1);
        for (const threads of THREADS) {
          // A pool that has just been made computes its first job without help: repeat.
          for (let i = 0; i < 3; i++) {
            const together = await runWith(threads);
            if (together.some((byte, at) => byte !== alone[at])) different.push(`${name} on ${threads} threads`);
          }
        }
      }
    } finally {
      configure({ threads: before.threads });
    }
    return [
      makeRow({
        id: "F3",
        title: "computations whose bits differ on 2, 3 or 4 threads",
        unit: "differences",
        better: "equal",
        value: different.length,
        runs: Object.keys(COMPUTATIONS).length * THREADS.length,
        target: { relation: "=", value: 0 },
        note: different.length === 0 ? undefined : different.join("; "),
      }),
    ];
  },
};
