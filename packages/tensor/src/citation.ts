/** Papers behind methods, as data. Every method of every package carries the ones it implements. */

/** A paper. */
export interface Citation {
  readonly title: string;
  readonly authors: string;
  readonly year: number;
  readonly url: string;
}

/**
 * The papers that something used, one per line and each once: `Authors (year). Title. URL`.
 * @param used anything that carries citations: an optimiser, a sampler, a schedule or the result of a run
 * @example
 * cite({ citations: [{ title: "On Computable Numbers", authors: "A. M. Turing", year: 1937, url: "https://doi.org/10.1112/plms/s2-42.1.230" }] });
 */
export function cite(used: { readonly citations: readonly Citation[] }): string {
  return distinctCitations(used.citations)
    .map((c) => `${c.authors} (${c.year}). ${c.title}. ${c.url}`)
    .join("\n");
}

/** The papers of several lists, each once, in the order in which they first appear; papers are told apart by `url`. */
export function distinctCitations(...lists: readonly (readonly Citation[])[]): Citation[] {
  const all = lists.flat();
  return all.filter((citation, i) => all.findIndex(({ url }) => url === citation.url) === i);
}
