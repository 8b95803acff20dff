import * as qmc from "@ansatz/qmc";
import { methods } from "@ansatz/qmc";
import { expect, test } from "vitest";

/** Exports that make up no method of their own: tables and readers. */
const HELPERS = new Set(["cite", "parseLdData", "loadSobolTable", "loadLatticeVector", "defaultLatticeVector"]);

test("every method has a name of its own, a guarantee and citations", () => {
  const names = methods.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { guarantee, citations } of methods) {
    expect(guarantee).toMatch(/^[A-Z].*\.$/);
    expect(citations.length).toBeGreaterThan(0);
    for (const { title, authors, year, url } of citations) {
      expect(title.length * authors.length).toBeGreaterThan(0);
      expect(year).toBeGreaterThan(1800);
      expect(url).toMatch(/^https:\/\//);
    }
  }
});

test("every exported function is in the registry", () => {
  const functions = Object.entries(qmc)
    .filter(([name, value]) => typeof value === "function" && !HELPERS.has(name))
    .map(([name]) => name);
  expect(new Set(methods.map(({ factory }) => factory))).toEqual(new Set(functions));
});
