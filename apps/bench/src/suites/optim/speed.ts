/** How fast steps are: Adam against copying memory and against the peers. */
import { adam, type Buffers } from "@ansatz/optim";
import { compile, disposeTree, tensor, type Tensor } from "@ansatz/tensor";
import { inProcess, interleave } from "../../measure/interleave.ts";
import { summarize } from "../../measure/statistics.ts";
import { ADAM, ramp, type Prepared } from "../../peers/work.ts";
import type { PeerValue, Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { withoutValue } from "../openPeers.ts";
import { fromSummary, makeRow } from "../rows.ts";
import { onOneThread } from "../tensor/elementwise.ts";

const PARAMETERS = 10_000_000;

/** A compiled step of {@link adam} on one large tensor. */
function adamSteps(size: number): Prepared {
  const method = adam(ADAM);
  const run = compile<[Tensor, Tensor, Buffers, ...number[]], { params: Tensor; buffers: Buffers }>(
    (params, grads, buffers, ...numbers) => method.update(params, grads, buffers, numbers),
    { donate: [0, 2] },
  );
  const grads = tensor(ramp(size), { device: "cpu" }) as Tensor;
  let params = tensor(ramp(size), { device: "cpu" }) as Tensor;
  let { buffers } = method.init(params);
  let step = 0;
  const once = (): void => {
    ({ params, buffers } = run(params, grads, buffers, ...method.numbers(++step)));
  };
  return {
    ...inProcess("ansatz", once),
    result: async () => await params.data(),
    release: () => disposeTree([params, grads, buffers] as never),
  };
}

/** Copies as many bytes as a step of Adam reads and writes: seven numbers per parameter. */
function copying(size: number): Prepared {
  const from = ramp(Math.ceil(3.5 * size));
  const to = new Float32Array(from.length);
  return {
    ...inProcess("copy", () => to.set(from)),
    result: () => Promise.resolve(to),
    release: () => undefined,
  };
}

async function adamRows(context: FigureContext): Promise<Row[]> {
  const { signal, report } = context;
  const work = { kind: "adam", size: PARAMETERS } as const;
  const mine = adamSteps(PARAMETERS);
  const copy = copying(PARAMETERS);
  const rivals: { readonly name: string; readonly version: string | null; readonly prepared: Prepared }[] = [];
  const absent: PeerValue[] = [];
  for (const open of context.peers) {
    if (open.peer === null) absent.push(withoutValue(open, "not found", open.reason));
    else {
      const prepared = await open.peer.prepare(work).catch((error: unknown) => String(error));
      if (typeof prepared === "object") rivals.push({ name: open.name, version: open.peer.version, prepared });
      else absent.push(withoutValue(open, prepared === undefined ? "unsupported" : "failed", prepared ?? null));
    }
  }
  try {
    const times = await interleave([mine, copy, ...rivals.map(({ prepared }) => prepared)], {
      rounds: 9,
      clock: "cpu",
      signal,
      onRound: (round, all) => report(`round ${round + 1} of ${all}`),
    });
    const milliseconds = (all: readonly number[]): ReturnType<typeof summarize> => summarize(all.map((s) => 1000 * s));
    const measured = rivals.map(({ name, version }, i): PeerValue => {
      const ratios = summarize(times[i + 2].map((seconds, round) => seconds / times[0][round]));
      return {
        name,
        version,
        status: "measured",
        value: milliseconds(times[i + 2]).median,
        ratio: ratios.median,
        ratioSpread: [ratios.q1, ratios.q3],
        note: null,
      };
    });
    const ratio = summarize(times[0].map((seconds, round) => seconds / times[1][round]));
    const slowest = ["tfjs-wasm", "jax-js"].flatMap((name) => measured.filter((peer) => peer.name === name));
    return [
      makeRow({
        id: "adam.time",
        title: "a step of Adam on 10 million parameters, one thread",
        unit: "ms",
        better: "less",
        ...fromSummary(milliseconds(times[0])),
        peers: [...measured, ...absent],
        beats: measured.map(({ name }) => name),
      }),
      makeRow({
        id: "adam.copy",
        title: "the same, against copying the 280 MB that it reads and writes",
        unit: "times",
        better: "less",
        ...fromSummary(ratio),
        target: { relation: "<=", value: 1.3 },
        needsIdleMachine: true,
      }),
      ...slowest.map(({ name, ratio: times4 }) =>
        makeRow({
          id: `adam.${name}`,
          title: `time of ${name} for the same step`,
          unit: "times ours",
          better: "more",
          value: times4,
          target: { relation: ">=", value: 4 },
        }),
      ),
    ];
  } finally {
    mine.release();
    for (const { prepared } of rivals) prepared.release();
  }
}

/** Adam. */
export const adamSpeed: Figure = {
  id: "adam",
  title: "a step of Adam on 10 million parameters",
  run: (context) => onOneThread(() => adamRows(context)),
};
