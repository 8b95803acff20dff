/** From a graph for one element to the graph for a whole batch, node by node. The batch is the first axis of every tensor. */
import { whileDifferentiating } from "../graph/lifetime.ts";
import { attrOf, type PickAttr } from "../graph/op.ts";
import { listening, placeholderNode, whileTracing } from "../graph/record.ts";
import { mul } from "../ops/arith.ts";
import { sumOver } from "../ops/structural.ts";
import { internShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { batchNode } from "./batchRules.ts";
import { lead } from "./batchShape.ts";
import { callOf, recordCall, type CustomCall } from "./customCall.ts";
import { linkOf } from "./link.ts";

/** A traced function of one element. */
export class Batcher {
  /** Size of the batch. */
  readonly size: number;
  /** Nodes that were recorded for one element. */
  readonly #traced = new Set<Tensor>();
  /** Their counterparts for the batch, and null for those that are the same for all elements. */
  readonly #known = new Map<Tensor, Tensor | null>();
  /** Outputs of routines, and values of calls with rules of their own. */
  readonly #several = new Map<Tensor, readonly Tensor[] | null>();

  constructor(size: number) {
    this.size = size;
  }

  /** Runs the function of one element: nothing is evaluated. */
  trace<T>(fn: () => T): T {
    return whileTracing(() => listening((t) => this.#traced.add(t), fn));
  }

  /** A tensor that stands for one element of `batch`. */
  element(batch: Tensor): Tensor {
    const one = placeholderNode(0, internShape(batch.shape.slice(1)), batch.dtype, batch.backend);
    this.#known.set(one, batch);
    return one;
  }

  /** Counterparts of traced nodes: a batch, or null where all elements are the same. */
  batch(outputs: readonly Tensor[]): (Tensor | null)[] {
    return whileDifferentiating(() => {
      const stack = [...outputs];
      while (stack.length > 0) {
        const t = stack[stack.length - 1];
        if (this.#isKnown(t)) {
          stack.pop();
          continue;
        }
        const missing = this.#sources(t).filter((x) => !this.#isKnown(x));
        if (missing.length > 0) {
          stack.push(...missing);
          continue;
        }
        stack.pop();
        this.#known.set(t, this.#counterpart(t));
      }
      return outputs.map((t) => this.#of(t));
    });
  }

  #isKnown(t: Tensor): boolean {
    return this.#known.has(t) || !this.#traced.has(t);
  }

  #of(t: Tensor): Tensor | null {
    return this.#known.get(t) ?? null;
  }

  #call(t: Tensor): CustomCall | undefined {
    const link = linkOf(t);
    return link === undefined ? undefined : callOf(link.hub);
  }

  #sources(t: Tensor): readonly Tensor[] {
    const call = this.#call(t);
    return call === undefined ? t.ins : [...call.args, ...call.values];
  }

  #counterpart(t: Tensor): Tensor | null {
    const link = linkOf(t);
    const call = this.#call(t);
    if (link !== undefined) {
      const all = call === undefined ? this.#several.get(link.hub) : this.#callOnce(link.hub, call);
      return all?.[call === undefined ? attrOf<PickAttr>(t).index : link.index - 1] ?? null;
    }
    const ins = t.ins.map((x) => this.#of(x));
    if (ins.every((x) => x === null)) return null;
    const outputs = batchNode(t, ins, this.size);
    if (outputs.length > 1) this.#several.set(t, outputs);
    return outputs[0];
  }

  #callOnce(hub: Tensor, call: CustomCall): readonly Tensor[] | null {
    let all = this.#several.get(hub);
    if (all === undefined) {
      const some = [...call.args, ...call.values].some((x) => this.#of(x) !== null);
      all = some ? recordCall(this.#batchedCall(call)) : null;
      this.#several.set(hub, all);
    }
    return all;
  }

  /** The same call for the whole batch: its rule is the rule for one element, traced when a gradient is asked for. */
  #batchedCall(call: CustomCall): CustomCall {
    const batched = call.args.map((x) => this.#of(x));
    return {
      args: call.args.map((x, i) => batched[i] ?? x),
      values: call.values.map((v) => lead(v, this.#of(v), this.size)),
      backward: (cotangents) => {
        const grads = this.trace(() => call.backward(cotangents.map((ct) => this.element(ct))));
        const found = this.batch(grads.filter((g) => g !== null));
        let at = 0;
        return grads.map((g, i) => {
          if (g === null) return null;
          const all = found[at++];
          if (batched[i] !== null) return lead(g, all, this.size);
          // An argument that all elements share gets the sum of their gradients.
          return all === null ? mul(g, this.size) : sumOver(all, [0]);
        });
      },
    };
  }
}
