/**
 * The reference of every published package: everything that is exported is described, and what checks its arguments says
 * what it throws.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { publicPackages, sourceCondition } from "../../../scripts/lib/workspace.ts";

const texts = new Map<string, string>();

function textOf(url: URL): string {
  const text = texts.get(url.href) ?? readFileSync(url, "utf8");
  texts.set(url.href, text);
  return text;
}

interface Declaration {
  readonly kind: string;
  readonly doc: string;
  readonly code: string;
}

const FOREIGN: Declaration = { kind: "foreign", doc: "elsewhere", code: "" };

/** `a, type B, c as d` as pairs of the inner and the outer name. */
const listed = (list: string): (readonly [string, string])[] =>
  list
    .split(",")
    .map((part) =>
      part
        .trim()
        .replace(/^type /, "")
        .split(" as "),
    )
    .filter(([name]) => name !== "")
    .map((names) => [names[0], names[names.length - 1]]);

/** What a module exports by name: declarations of its own, and those that it hands on. */
function exportsOf(url: URL): Map<string, Declaration> {
  const text = textOf(url);
  const found = new Map<string, Declaration>();
  const declared =
    /(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?^export (?:abstract |async )*(function|const|class|interface|type)\*? (\w+)/gm;
  for (const m of text.matchAll(declared)) {
    const [whole, own, kind, name] = m;
    // Of several signatures the first one has the description.
    const doc = own ?? found.get(name)?.doc ?? "";
    const rest = text.slice(m.index + whole.length);
    const end = rest.search(/^\}/m);
    found.set(name, { kind, doc, code: end < 0 ? rest : rest.slice(0, end) });
  }
  for (const [, list, from] of text.matchAll(/^export (?:type )?\{([^}]*)\} from "([^"]+)";/gm)) {
    // What other packages make is described there.
    const inner = from.startsWith(".") ? exportsOf(new URL(from, url)) : new Map<string, Declaration>();
    if (!from.startsWith(".")) for (const [name] of listed(list)) inner.set(name, FOREIGN);
    for (const [name, as] of listed(list)) {
      const declaration = inner.get(name);
      if (declaration !== undefined) found.set(as, declaration);
    }
  }
  return found;
}

/** Checks of arguments beyond their being tensors, functions or options at all. */
const CHECK =
  /\bthrow new \w+|\b(?:require|check|normalize)(?!Tensor|Operand|Operators?\b|Function|Options|Flag)[A-Z]\w*\(/;

const entries = publicPackages().flatMap(({ folder, manifest }) =>
  Object.entries(manifest.exports ?? {})
    .filter(([path]) => path !== "./debug/register" && !path.endsWith(".json"))
    .map(
      ([path, target]) =>
        [manifest.name + path.slice(1), pathToFileURL(join(folder, target[sourceCondition]))] as const,
    ),
);

describe("reference", () => {
  const everything = new Map(entries.flatMap(([, url]) => [...exportsOf(url)]));

  it.each(entries)("%s has a description for everything", async (_, url) => {
    const found = exportsOf(url);
    const module = (await import(url.href)) as object;
    // The reading of texts above misses nothing that is there.
    expect(Object.keys(module).filter((name) => !found.has(name))).toEqual([]);
    const bare = [...found].filter(([, { doc }]) => doc.replaceAll(/[*\s]|@\w+/g, "").length < 4);
    expect(bare.map(([name]) => name)).toEqual([]);
  });

  it.each(entries)("%s says what it throws", (_, url) => {
    const silent = [...exportsOf(url)].filter(([, { kind, doc, code }]) => {
      if (kind !== "function" || !CHECK.test(code) || /throws/i.test(doc)) return false;
      // "As that function" says it too.
      const others = [...doc.matchAll(/\{@link (\w+)\}/g)].map(([, name]) => everything.get(name)?.doc ?? "");
      return !others.some((other) => /throws/i.test(other));
    });
    expect(silent.map(([name]) => name)).toEqual([]);
  });
});
