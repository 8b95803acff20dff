/**
 * Values with a gradient rule of their own. For gradients such a value does not depend on the nodes that compute it but on
 * one node for the whole call, the hub: its inputs are the arguments of the call, and its rule gives their gradients from
 * those of all values. A hub is never evaluated.
 */
import { attrOf, type PickAttr } from "../graph/op.ts";
import type { Tensor } from "../tensor.ts";

/** Output number `index` of `hub`: of a routine, or from 1 on of a call with a rule of its own. */
export interface Link {
  readonly hub: Tensor;
  readonly index: number;
}

const links = new WeakMap<Tensor, Link>();

/** Makes `t` the value number `index` (from 1) of the call that `hub` stands for. */
export function setLink(t: Tensor, link: Link): void {
  links.set(t, link);
}

/** The node that gets the gradient of `t` together with those of other values; undefined when `t` has its own rules. */
export function linkOf(t: Tensor): Link | undefined {
  return t.op.kind === "pick" ? { hub: t.ins[0], index: attrOf<PickAttr>(t).index } : links.get(t);
}

/** The nodes on which `t` depends as far as gradients are concerned. */
export function sourcesOf(t: Tensor): readonly Tensor[] {
  const link = links.get(t);
  return link === undefined ? t.ins : [link.hub];
}
