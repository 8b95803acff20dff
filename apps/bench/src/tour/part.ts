/** A part of the tour: something that is run, measured and shown. */
import type { Citation } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import type { OpenDevice } from "../device.ts";
import type { Html } from "../report/html.ts";
import type { Card } from "../report/page.ts";

/** What a part may use. */
export interface PartContext {
  readonly key: Key;
  readonly device: OpenDevice;
  readonly signal: AbortSignal;
  /** Says what is being done. */
  report(line: string): void;
}

/** Something that has to hold; the tour ends with exit code 1 when it does not. */
export interface Check {
  readonly claim: string;
  readonly holds: boolean;
  /** The numbers behind it. */
  readonly evidence: string;
}

/** A line of the table that the tour prints at its end. */
export interface HeadlineRow {
  readonly what: string;
  readonly value: string;
}

/** What a part leaves behind. */
export interface PartResult {
  /** Its outcome in a few words. */
  readonly outcome: string;
  /** Numbers for the JSON report. */
  readonly data: object;
  readonly sections: readonly Html[];
  readonly cards: readonly Card[];
  readonly headline: readonly HeadlineRow[];
  readonly checks: readonly Check[];
  readonly citations: readonly Citation[];
}

/** A part of the tour. */
export interface Part {
  readonly name: string;
  readonly title: string;
  run(context: PartContext): Promise<PartResult>;
}
