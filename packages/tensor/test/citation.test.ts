import { expect, test } from "vitest";
import { cite, distinctCitations, type Citation } from "@ansatz/tensor";

const first: Citation = { title: "One", authors: "A. A", year: 2001, url: "https://example.org/1" };
const second: Citation = { title: "Two", authors: "B. B, C. C", year: 2002, url: "https://example.org/2" };

test("papers are printed one per line, each once", () => {
  expect(cite({ citations: [second, first, second] })).toBe(
    "B. B, C. C (2002). Two. https://example.org/2\nA. A (2001). One. https://example.org/1",
  );
  expect(cite({ citations: [] })).toBe("");
});

test("lists of papers are joined in order of first appearance", () => {
  expect(distinctCitations([first], [], [second, first])).toEqual([first, second]);
});
