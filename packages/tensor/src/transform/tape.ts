/** Running functions on a tape: their nodes keep what a gradient needs until the outermost transform is done. */
import { endTape, holdTogether } from "../graph/lifetime.ts";
import { isScalarNode, isTaping, listening, whileTaping } from "../graph/record.ts";
import { aliasOf } from "../ops/views.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Runs `fn` on a tape and ends the tape, unless an enclosing transform still needs it. What `results` names is wanted
 * afterwards: it is evaluated together. Everything else is kept only as long as the results need it.
 */
export function onTape<T>(fn: (made: ReadonlySet<Tensor>) => T, results: (value: T) => readonly Tensor[]): T {
  const made = new Set<Tensor>();
  try {
    const value = listening(
      (t) => made.add(t),
      () => whileTaping(() => fn(made)),
    );
    if (!isTaping()) {
      const wanted = results(value);
      for (const t of wanted) t.inner = false;
      holdTogether(wanted.filter((t) => t.storage === null && t.ins.length > 0));
    }
    return value;
  } finally {
    if (!isTaping()) endTape(made);
  }
}

/**
 * The same tensors as results that belong to nobody else: a tensor that was not made on this tape, or that occurs before,
 * is replaced by another handle of its values.
 */
export function ownHandles(tensors: readonly Tensor[], made: ReadonlySet<Tensor>): Tensor[] {
  const seen = new Set<Tensor>();
  return tensors.map((t) => {
    const own = seen.has(t) || !(made.has(t) || isScalarNode(t)) ? aliasOf(t) : t;
    seen.add(own);
    return own;
  });
}
