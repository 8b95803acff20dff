/** gptq.json: codes, scales and objectives. */
import { expectClose, expectEqual, knownKeys, unknownSections } from "@ansatz/golden";
import type { GoldenCase } from "@ansatz/golden";
import { gptq, outputError, roundToNearest } from "@ansatz/quant";
import { f32 } from "./common.ts";

const FIELDS = [
  ..."rows cols samples bits symmetric group act_order static_groups damp W X codes scale zero".split(" "),
  ..."objective_gptq objective_rtn internal_loss_sum authors_loss_sum".split(" "),
];

function check(c: any): void {
  knownKeys("case", c, FIELDS);
  const layer = { rows: c.rows, columns: c.cols, weight: f32(c.W), inputs: f32(c.X) };
  expectEqual("samples", layer.inputs.length, c.samples * c.cols);
  const grid = { bits: c.bits, symmetric: c.symmetric, ...(c.group === -1 ? {} : { group: c.group }) };
  const found = gptq(layer, {
    ...grid,
    damping: c.damp,
    activationOrder: c.act_order,
    staticGroups: c.static_groups,
  });
  expectEqual("codes", Array.from(found.codes), c.codes);
  expectClose("scale", found.scale, c.scale, { rel: 1e-5 });
  expectEqual("zero", Array.from(found.zeroPoint), c.zero);
  const objective = { rel: 1e-6 };
  expectClose("objective", [outputError(layer, found.values)], [c.objective_gptq], objective);
  expectClose("rtn", [outputError(layer, roundToNearest(layer, grid).values)], [c.objective_rtn], objective);
  expectClose("loss", [found.loss], [c.internal_loss_sum], objective);
}

export function gptqCases(file: any): GoldenCase[] {
  const cases = file.cases.map((c: any, i: number) => ({
    name: `${c.bits} bits, group ${c.group}, ${i}`,
    kind: "gptq",
    run: () => check(c),
  }));
  return [...unknownSections(file, ["source", "about", "tolerance", "cases"]), ...cases];
}
