/** The look of a report: one style sheet, for light and dark, for screen and paper. */

const LIGHT = `
  color-scheme: light;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1d1b18; --soft: #6b665d; --line: #e4dfd5; --wash: #f3f0e9;
  --accent: #8a3b12; --good: #2c6e49; --bad: #b3261e; --invert: 1;
  --s1: #b0413e; --s2: #c98a1b; --s3: #2e7d6b; --s4: #2f5d9b; --s5: #7a4b9a; --s6: #5d7a1f; --s7: #b0578d; --s8: #2592a8; --s9: #7a5c3e; --rest: #c9c3b6;`;

const DARK = `
  color-scheme: dark;
  --paper: #141311; --card: #1c1b18; --ink: #ece7dd; --soft: #a09a8d; --line: #34312b; --wash: #232119;
  --accent: #e59866; --good: #74c69d; --bad: #f28b82; --invert: 0;
  --s1: #ef8683; --s2: #e9b44c; --s3: #62c4ad; --s4: #7fb0f5; --s5: #c39be0; --s6: #a9c662; --s7: #e79ac7; --s8: #6fd0e3; --s9: #c8a684; --rest: #4b473f;`;

/** CSS variables of the colours of lines and points, in the order in which they are given out. */
export const SERIES_COLORS: readonly string[] = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `var(--s${i})`);

/** Colour of what stands in the background. */
export const REST_COLOR = "var(--rest)";

/** The style sheet. */
export const STYLE: string = `
:root {${LIGHT} }
@media (prefers-color-scheme: dark) { :root:not([data-theme]) {${DARK} } }
:root[data-theme="dark"] {${DARK} }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums lining-nums; text-rendering: optimizeLegibility;
}
main, header, footer { width: min(1080px, 100% - 3rem); margin-inline: auto; }
h1, h2, h3 { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", Charter, Georgia, serif; font-weight: 600; line-height: 1.15; text-wrap: balance; }
h1 { font-size: clamp(2.4rem, 6vw, 3.8rem); letter-spacing: -0.02em; margin: 0; }
h2 { font-size: 1.9rem; letter-spacing: -0.01em; margin: 0 0 .4rem; }
h3 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }
p { max-width: 68ch; margin: .6rem 0; text-wrap: pretty; }
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: 1px; }
code { font: .88em ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace; background: var(--wash); padding: .1em .35em; border-radius: 4px; }
header { padding: 4.5rem 0 2rem; }
.lead { font-size: 1.2rem; color: var(--soft); max-width: 58ch; margin-top: 1rem; }
.facts { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; color: var(--soft); font-size: .9rem; margin: 1.2rem 0 0; padding: 0; list-style: none; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(215px, 1fr)); gap: 1rem; margin: 2.2rem 0 0; padding: 0; list-style: none; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.1rem 1.2rem 1.2rem; }
.card b { display: block; font: 600 2.1rem/1.1 "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", Georgia, serif; letter-spacing: -0.02em; }
.card span { display: block; color: var(--soft); font-size: .88rem; line-height: 1.4; margin-top: .35rem; }
section { border-top: 1px solid var(--line); padding: 3.2rem 0 1.6rem; }
.eyebrow { color: var(--accent); font-size: .78rem; font-weight: 600; letter-spacing: .12em; text-transform: uppercase; margin: 0 0 .5rem; }
figure { margin: 1.4rem 0; }
figcaption { color: var(--soft); font-size: .88rem; max-width: 72ch; margin-top: .6rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 1.4rem; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(250px, 100%), 1fr)); gap: 1.1rem; }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.1rem; min-width: 0; }
.panel h4 { margin: 0 0 .5rem; font-size: .92rem; font-weight: 600; }
.panel svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font-family: inherit; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; list-style: none; padding: 0; margin: .9rem 0 0; font-size: .88rem; }
.legend i { display: inline-block; width: 1.3em; height: .28em; border-radius: 2px; margin-right: .5em; vertical-align: .2em; background: var(--color); }
.scroll { overflow-x: auto; margin: 1rem 0; border: 1px solid var(--line); border-radius: 12px; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: .88rem; line-height: 1.35; }
th, td { padding: .5rem .8rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: baseline; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-weight: 500; font-size: .82rem; background: var(--wash); white-space: nowrap; }
tbody th { font-weight: 500; }
.number { text-align: right; white-space: nowrap; }
.best { font-weight: 700; color: var(--good); }
.quiet { color: var(--soft); }
.pass { color: var(--good); font-weight: 600; } .fail { color: var(--bad); font-weight: 600; } .missed, .skipped { color: var(--s2); font-weight: 600; }
details { margin: 1.2rem 0; } summary { cursor: pointer; color: var(--accent); font-size: .92rem; }
.matrix { display: grid; gap: .7rem .9rem; align-items: center; overflow-x: auto; }
.matrix .name { font-weight: 600; font-size: .92rem; line-height: 1.25; } .matrix .name small { display: block; font-weight: 400; color: var(--soft); }
.matrix .top { color: var(--soft); font-size: .82rem; }
.matrix small { color: var(--soft); font-size: .76rem; }
.cloud { display: block; width: 100%; height: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.digits { display: block; width: 100%; height: auto; filter: invert(var(--invert)); border-radius: 6px; image-rendering: auto; }
.pixels { display: block; width: 100%; height: auto; border-radius: 6px; image-rendering: pixelated; }
ol.papers { padding-left: 1.4rem; font-size: .9rem; } ol.papers li { margin: .4rem 0; max-width: 80ch; }
footer { border-top: 1px solid var(--line); color: var(--soft); font-size: .88rem; padding: 1.6rem 0 4rem; }
.theme { position: fixed; top: 1rem; right: 1rem; border: 1px solid var(--line); background: var(--card); color: var(--soft); border-radius: 999px; font: inherit; font-size: .8rem; padding: .3rem .8rem; cursor: pointer; }
@media print { .theme { display: none; } section { break-inside: avoid-page; } body { font-size: 12px; } }
`;
