import { decode } from "fast-png";
import { describe, expect, it } from "vitest";
import { cloud } from "../src/report/cloud.ts";
import { markup, raw } from "../src/report/html.ts";
import { samplerLabel } from "../src/report/labels.ts";
import { renderPage, section } from "../src/report/page.ts";
import { papersSection } from "../src/report/papers.ts";
import { inlinePng, pictureGrid } from "../src/report/picture.ts";
import { legend, linePlot } from "../src/report/plot.ts";
import { table } from "../src/report/table.ts";
import { addresses } from "./support.ts";

const PAPER = { title: "On <Things> & Others", authors: "A. Author", year: 2001, url: "https://example.org/paper" };

describe("html", () => {
  it("escapes text and keeps HTML", () => {
    const text = `<b>&"'`;
    expect(markup`<p title="${text}">${text}${raw("<i>")}${[markup`<u>${1}</u>`, "&"]}${null}${false}</p>`.html).toBe(
      '<p title="&lt;b&gt;&amp;&quot;&#39;">&lt;b&gt;&amp;&quot;&#39;<i><u>1</u>&amp;</p>',
    );
  });
});

describe("pictures", () => {
  it("are laid out in rows with gaps, paper black and ink white", () => {
    const values = [-1, 1, 0, -1, 1, 1, 2, -2];
    const png = pictureGrid({ values, count: 4, height: 1, width: 2, columns: 2, gap: 1 });
    const { width, height, data, channels } = decode(png);
    expect([width, height, channels]).toEqual([5, 3, 1]);
    expect([...data]).toEqual([0, 255, 0, 128, 0, 0, 0, 0, 0, 0, 255, 255, 0, 255, 0]);
  });

  it("stand in the page itself", () => {
    expect(inlinePng(Uint8Array.of(1, 2, 3), "a picture").html).toBe(
      '<img class="digits" alt="a picture" src="data:image/png;base64,AQID">',
    );
  });
});

describe("clouds", () => {
  it("are one path, and points outside stand at the border", () => {
    const { html: svg } = cloud([0, 0, 1, -1, 9, 9], 2, "red", "points");
    expect(svg).toContain('d="M100 100h0M150 150h0M200 0h0"');
  });
});

describe("plots", () => {
  const plot = linePlot({
    x: "model calls",
    y: "error",
    series: [
      {
        name: "one",
        points: [
          { x: 10, y: 0.1 },
          { x: 100, y: 0.001 },
        ],
      },
      {
        name: "two",
        points: [
          { x: 10, y: 1 },
          { x: 100, y: 0.5 },
        ],
      },
    ],
    highlight: ["one"],
  }).html;

  it("are SVG with lines, dots and both labels", () => {
    expect(plot).toMatch(/^<svg /);
    expect(plot.match(/<path /g)?.length).toBeGreaterThanOrEqual(2);
    expect(plot.match(/<circle /g)).toHaveLength(4);
    expect(plot).toContain("model calls");
    expect(plot).toContain("error");
    expect(plot).toContain("var(--s1)");
  });

  it("have logarithmic axes", () => {
    const ys = [...plot.matchAll(/<circle [^>]*cy="([\d.]+)"/g)].map((match) => Number(match[1]));
    expect(ys).toHaveLength(4);
    // At 1, 0.5, 0.1 and 0.001.
    const decade = ys[2] - ys[0];
    expect(decade).toBeGreaterThan(10);
    expect(ys[3] - ys[2]).toBeCloseTo(2 * decade, 6);
    expect(ys[1] - ys[0]).toBeCloseTo(Math.log10(2) * decade, 6);
  });

  it("come with a legend", () => {
    expect(legend(["one"], (name) => name.toUpperCase(), "others").html).toBe(
      '<ul class="legend"><li><i style="--color:var(--s1)"></i>ONE</li><li><i style="--color:var(--rest)"></i>others</li></ul>',
    );
  });
});

describe("tables", () => {
  it("have headings for columns and rows", () => {
    const { html: text } = table(
      [{ title: "name" }, { title: "value", numeric: true }],
      [["a", { text: 1, class: "best" }]],
    );
    expect(text).toContain('<th scope="col" class="number">value</th>');
    expect(text).toContain('<th scope="row">a</th><td class="number best">1</td>');
  });
});

describe("labels", () => {
  it.each([
    ["ddim", "DDIM"],
    ["s-pndm", "S-PNDM"],
    ["unipc-2", "UniPC 2"],
    ["dpm-solver-2s", "DPM-Solver 2S"],
    ["dpm-solver++-2m", "DPM-Solver++ 2M"],
  ])("%s reads %s", (name, label) => expect(samplerLabel(name)).toBe(label));
});

describe("the page", () => {
  const page = renderPage({
    title: "A <page>",
    lead: "About it.",
    facts: ["a fact"],
    cards: [{ value: "7", text: "things" }],
    sections: [section("First", "A section", markup`<p>Text.</p>`), papersSection([PAPER, PAPER])],
    environment: {
      cpu: "a processor",
      threads: 2,
      memoryGiB: 16,
      system: "linux",
      node: "24.0.0",
      v8: "13.6",
      commit: "abc",
      load: 0.5,
      packages: { "@ansatz/tensor": "1.2.3" },
    },
    command: "ansatz-bench tour",
  });

  it("needs nothing from anywhere: only papers are linked", () => {
    const { fetched, links } = addresses(page);
    expect(fetched).toEqual(["data:,"]);
    expect(links).toEqual([PAPER.url]);
    expect(page.match(/https?:/g)).toHaveLength(1);
  });

  it("holds what it is given, escaped", () => {
    expect(page).toContain("<title>A &lt;page&gt;</title>");
    expect(page).toContain("On &lt;Things&gt; &amp; Others");
    expect(page).toContain("a processor, 2 threads");
    expect(page).toContain("@ansatz/tensor");
    expect(page).toContain("<code>ansatz-bench tour</code>");
  });
});
