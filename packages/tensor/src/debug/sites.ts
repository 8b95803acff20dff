/** Where tensors are made, and errors that say so. */
import { hooks } from "../errors.ts";
import { listen } from "../graph/record.ts";
import { showShape } from "../shape.ts";
import { isTensor, requireTensor, type Tensor } from "../tensor.ts";

const sites = new WeakMap<Tensor, string>();
/** Tensors that functions have looked at in this task, the last ones last. */
let touched: { readonly t: Tensor; readonly name: string; readonly at: number }[] = [];
/** Number of tensors made so far. */
let made = 0;
/** Tensors that a function may have made between looking at its arguments and finding them to be wrong. */
const AHEAD = 4;
/** Most tensors that an error names. */
const NAMED = 4;

/** This package's folder, frames in which are not where user code is; also those of Node. */
const LIBRARY = new URL("../", import.meta.url).href;
const PACKAGE = /\/node_modules\/@ansatz\//;
/** Frames to look through: functions of the library call each other. */
const DEPTH = 60;

/** The place of the innermost frame outside of the library: `file.ts:12:5`, with its folder. */
function callSite(): string {
  // V8's; others have no limit.
  const limited = Error as { stackTraceLimit?: number };
  const before = limited.stackTraceLimit;
  limited.stackTraceLimit = DEPTH;
  const stack = new Error().stack ?? "";
  limited.stackTraceLimit = before;
  for (const line of stack.split("\n")) {
    const place = /([^\s()@]+):\d+:\d+\)?$/.exec(line);
    if (place === null || place[1].startsWith("node:")) continue;
    const href = place[1].startsWith("/") ? `file://${place[1]}` : place[1];
    if (href.startsWith(LIBRARY) || PACKAGE.test(href)) continue;
    // Development servers add a query.
    const [file] = place[1].replace(/^file:\/\//, "").split("?");
    return file + place[0].slice(place[1].length).replace(")", "");
  }
  return "an unknown place";
}

function forget(): void {
  touched = [];
}

function touch(name: string, x: unknown): void {
  if (!isTensor(x)) return;
  // What happens later has nothing to do with it.
  if (touched.length === 0) queueMicrotask(forget);
  touched = touched.filter(({ t, name: by, at }) => made - at <= AHEAD && (t !== x || by !== name));
  touched.push({ t: x, name, at: made });
}

/** Reads, which fail with the messages of devices. */
const READS = new Set(["eval", "data", "dataSync", "dataInto", "item"]);

/** A sentence for every tensor that the failing function has looked at. */
function explain(message: string): string {
  const concerned = touched.filter(
    ({ t, name, at }) =>
      made - at <= AHEAD && (message.startsWith(`${name}:`) || (READS.has(name) && message.startsWith(`${t.device}:`))),
  );
  const named = concerned.slice(-NAMED).flatMap(({ t }) => {
    const site = sites.get(t);
    return site === undefined ? [] : [`${t.dtype}${showShape(t.shape)} of ${t.op.name} was made at ${site}.`];
  });
  return [message, ...named].join(" ");
}

let watchers = 0;
let stopListening: () => void = () => undefined;

/**
 * From now on every tensor remembers where your code made it, and errors about tensors name that place:
 * `... f32[3] of tensor was made at /app/main.ts:12:9.` Frames inside of the Ansatz packages are passed over.
 *
 * For debugging: recording an operation takes some microseconds longer. When nobody follows, nothing is recorded.
 * @returns ends it; a second call does nothing
 * @example
 * const stop = trackSites();
 * add(ones([2]), ones([3])); // ShapeError: add: ... f32[2] of full was made at /app/main.ts:3:5. f32[3] of full ...
 * stop();
 */
export function trackSites(): () => void {
  if (watchers++ === 0) {
    stopListening = listen((t) => {
      made++;
      // An operation that has recorded its node is done.
      touched = touched.filter(({ name }) => name !== t.op.name);
      sites.set(t, callSite());
    });
    hooks.operand = touch;
    hooks.explain = explain;
  }
  let done = false;
  return () => {
    if (done) return;
    done = true;
    if (--watchers > 0) return;
    stopListening();
    delete hooks.operand;
    delete hooks.explain;
    forget();
  };
}

/**
 * Where a tensor was made, as `/app/main.ts:12:9`; undefined for those made while nobody followed, see {@link trackSites}.
 * @throws ArgumentError for something that is no tensor, DisposedError for a disposed one
 */
export function siteOf(t: Tensor): string | undefined {
  requireTensor("siteOf", t);
  return sites.get(t);
}
