/** The papers behind a report. */
import { distinctCitations, type Citation } from "@ansatz/tensor";
import { markup, type Html } from "./html.ts";
import { section } from "./page.ts";

/** A section with every paper once, oldest first. */
export function papersSection(citations: readonly Citation[]): Html {
  const papers = distinctCitations(citations).sort((a, b) => a.year - b.year || (a.title < b.title ? -1 : 1));
  const items = papers.map(
    ({ title, authors, year, url }) => markup`<li>${authors} (${year}). <a href="${url}">${title}</a>.</li> `,
  );
  return section(
    "Sources",
    "The papers that this run used",
    markup`<ol class="papers">
      ${items}
    </ol>`,
  );
}
