/** HTML as values: text is escaped when it is put in, and only then. */

/** A piece of HTML. */
export interface Html {
  readonly html: string;
}

/** What can stand in a template. */
export type Part = Html | string | number | null | undefined | false | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as HTML. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/** Marks text that is HTML already. */
export function raw(html: string): Html {
  return { html };
}

function show(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (typeof part === "string") return escape(part);
  if (typeof part === "number") return String(part);
  if ("html" in part) return part.html;
  return part.map(show).join("");
}

/** A template of HTML: `html\`<p>${text}</p>\``. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return raw(strings.reduce((all, text, i) => all + show(parts[i - 1]) + text));
}
