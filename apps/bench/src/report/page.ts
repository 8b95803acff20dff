/** The frame of a report: one self-contained HTML file. */
import type { Environment } from "../measure/environment.ts";
import { markup, raw, type Html } from "./html.ts";
import { STYLE } from "./style.ts";

/** A number that deserves to stand at the top. */
export interface Card {
  readonly value: string;
  readonly text: string;
}

/** A page's contents. */
export interface Page {
  readonly title: string;
  readonly lead: string;
  /** Short facts under the lead. */
  readonly facts: readonly string[];
  readonly cards: readonly Card[];
  readonly sections: readonly Html[];
  readonly environment: Environment;
  /** The command that makes this page again. */
  readonly command: string;
}

/** Switches between light and dark; without it the page follows the system. */
const THEME_SCRIPT = `
const root = document.documentElement;
document.querySelector(".theme").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});`;

/** A section with a small line above its heading. */
export function section(eyebrow: string, title: string, ...content: readonly Html[]): Html {
  return markup`<section>
    <p class="eyebrow">${eyebrow}</p>
    <h2>${title}</h2>
    ${content}
  </section> `;
}

function machine(environment: Environment, command: string): Html {
  const { cpu, threads, memoryGiB, system, node, v8, commit, load, packages } = environment;
  const rows: [string, string][] = [
    ["Processor", `${cpu}, ${threads} threads`],
    ["Memory", `${memoryGiB} GiB`],
    ["System", system],
    ["Node", `${node} (V8 ${v8})`],
    ["Commit", commit ?? "unknown"],
    ["Load average at the start", String(load)],
    ...Object.entries(packages),
  ];
  return section(
    "How",
    "Machine and versions",
    markup`<div class="scroll">
        <table>
          <tbody>
            ${rows.map(
              ([name, value]) =>
                markup`<tr>
                  <th scope="row">${name}</th>
                  <td>${value}</td>
                </tr> `,
            )}
          </tbody>
        </table>
      </div>
      <p>Made by <code>${command}</code>.</p>`,
  );
}

/** The page as text. */
export function renderPage(page: Page): string {
  const { title, lead, facts, cards, sections, environment, command } = page;
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${title}</title>
        <link rel="icon" href="data:,">
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <button class="theme" type="button">light / dark</button>
        <header>
          <h1>${title}</h1>
          <p class="lead">${lead}</p>
          <ul class="facts">
            ${facts.map((fact) => markup`<li>${fact}</li>`)}
          </ul>
          ${
            cards.length > 0 &&
            markup`<ul class="cards">
              ${cards.map(({ value, text }) => markup`<li class="card"><b>${value}</b><span>${text}</span></li>`)}
            </ul>`
          }
        </header>
        <main>${sections} ${machine(environment, command)}</main>
        <footer>Ansatz, numerical methods for generative models in TypeScript.</footer>
        <script>
          ${raw(THEME_SCRIPT)};
        </script>
      </body>
    </html> `.html;
}
