/** Everything that is in a registry, with its sources, in one form. */
import { layers } from "@ansatz/nn";
import { asyncOptimizers, optimizers } from "@ansatz/optim";
import { methods } from "@ansatz/qmc";
import { samplers, schedules } from "@ansatz/samplers";
import type { Citation } from "@ansatz/tensor";
import { peers } from "./peers/registry.ts";
import { suites } from "./suites/registry.ts";
import { parts } from "./tour/registry.ts";

/** One entry of a registry. */
export interface Listed {
  readonly name: string;
  /** What it is, in a few words. */
  readonly about: string;
  readonly citations: readonly Citation[];
}

/** A registry by name. */
export interface Listing {
  readonly name: string;
  /** Where its entries come from. */
  readonly from: string;
  readonly entries: readonly Listed[];
}

/** Learning rate with which an optimiser is made only to be asked for its sources. */
const ANY_RATE = 1e-3;

/** All registries. */
export function listings(): Listing[] {
  return [
    {
      name: "samplers",
      from: "@ansatz/samplers",
      entries: samplers.map(({ name, factory, create }) => {
        const { order, citations } = create();
        return { name, about: `${factory}, order ${order}`, citations };
      }),
    },
    {
      name: "schedules",
      from: "@ansatz/samplers",
      entries: schedules.map(({ name, factory, create }) => ({ name, about: factory, citations: create().citations })),
    },
    {
      name: "optimizers",
      from: "@ansatz/optim",
      entries: [...optimizers, ...asyncOptimizers].map(({ name, factory, create }) => ({
        name,
        about: factory,
        citations: create(ANY_RATE).citations,
      })),
    },
    {
      name: "layers",
      from: "@ansatz/nn",
      entries: layers.map(({ name, factory, kind, citations }) => ({ name, about: `${kind}, ${factory}`, citations })),
    },
    {
      name: "quasi-monte-carlo",
      from: "@ansatz/qmc",
      entries: methods.map(({ name, family, citations }) => ({ name, about: family, citations })),
    },
    { name: "tour", from: "tour", entries: parts.map(({ name, title }) => ({ name, about: title, citations: [] })) },
    ...suites.map(({ name, figures }) => ({
      name: `bench-${name}`,
      from: `bench ${name}`,
      entries: figures.map(({ id, title }) => ({ name: id, about: title, citations: [] })),
    })),
    {
      name: "peers",
      from: "bench --peers",
      entries: peers.map(({ name, from, url }) => ({ name, about: `${from}, ${url}`, citations: [] })),
    },
  ];
}
