/** What a benchmark suite is: a list of figures, each of which measures one or more numbers. */
import type { OpenDevice } from "../device.ts";
import type { Row } from "../results/benchResult.ts";
import type { OpenPeer } from "./openPeers.ts";

/** What a figure may use while it measures. */
export interface FigureContext {
  readonly seed: number;
  readonly device: OpenDevice;
  readonly signal: AbortSignal;
  /** Peers to measure against, those that are missing included; empty unless the user asked for them. */
  readonly peers: readonly OpenPeer[];
  /** Says what is being done. */
  report(line: string): void;
}

/** One figure: a claim in a sentence and the measurements that decide it. */
export interface Figure {
  /** Such as `D1`. */
  readonly id: string;
  readonly title: string;
  /** Labels of the axes, where the rows are errors by a method and a number of points that are to be drawn as lines. */
  readonly plot?: { readonly x: string; readonly y: string };
  run(context: FigureContext): Promise<Row[]>;
}

/** A named list of figures. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  /** Packages whose versions belong to the result. */
  readonly packages: readonly string[];
  readonly figures: readonly Figure[];
}
