/** Running the figures of a suite, one step each. */
import type { Io } from "../cli/io.ts";
import { checkSignal } from "../cli/io.ts";
import { runSteps, type Step } from "../cli/steps.ts";
import type { DeviceName } from "../cli/options.ts";
import { openDevice } from "../device.ts";
import { environment } from "../measure/environment.ts";
import { peers as peerRegistry } from "../peers/registry.ts";
import type { BenchResult, Row, Verdict } from "../results/benchResult.ts";
import type { Suite } from "./base.ts";
import { closePeers, openPeers, type OpenPeer } from "./openPeers.ts";

/** What to run. */
export interface RunSuiteOptions {
  readonly seed: number;
  readonly device: DeviceName;
  /** Ids of figures; all when left out. */
  readonly only?: readonly string[];
  /** Whether to measure the peers too. */
  readonly peers: boolean;
}

/** How many rows have each verdict, in words: `12 pass, 1 fail`. */
export function countVerdicts(rows: readonly Row[]): string {
  const order: readonly Verdict[] = ["pass", "fail", "missed", "skipped", "measured"];
  return order
    .map((verdict) => ({ verdict, count: rows.filter((row) => row.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(", ");
}

/** Runs a suite with a progress display. */
export async function runSuite(io: Io, suite: Suite, options: RunSuiteOptions): Promise<BenchResult> {
  const { seed, only } = options;
  const start = performance.now();
  const created = new Date().toISOString();
  const packages = options.peers ? [...suite.packages, ...peerRegistry.map(({ from }) => from)] : suite.packages;
  const machine = await environment(packages);
  const device = await openDevice(options.device);
  const rows: Row[] = [];
  let peers: readonly OpenPeer[] = [];
  const steps: Step[] = suite.figures
    .filter(({ id }) => only === undefined || only.includes(id))
    .map((figure) => ({
      title: `${figure.id} ${figure.title}`,
      async run({ report, conclude, signal }) {
        checkSignal(signal);
        const found = await figure.run({ seed, device, signal, peers, report });
        rows.push(...found);
        conclude(countVerdicts(found));
      },
    }));
  const opening: Step = {
    title: "Starting the peers",
    async run({ conclude }) {
      peers = await openPeers();
      conclude(
        peers.map(({ name, peer }) => `${name} ${peer === null ? "not found" : (peer.version ?? "")}`).join(", "),
      );
    },
  };
  try {
    await runSteps(io, options.peers ? [opening, ...steps] : steps);
  } finally {
    closePeers(peers);
    device.release();
  }
  return {
    format: "ansatz-bench/1",
    suite: suite.name,
    created,
    seconds: (performance.now() - start) / 1000,
    seed,
    device: device.description,
    environment: machine,
    rows,
  };
}
