/** Rows, products and adjoints of small projectors. */
import { absolute, expectClose, knownKeys, unknownCase, unknownSections, type GoldenCase } from "@ansatz/golden";
import { toMatrix } from "@ansatz/tensor/linear";
import { projector, type ProjectorMethod } from "@ansatz/inverse";
import { f64, flat, GEOMETRY_FIELDS, geometryOf, HEAD, read } from "./common.ts";

const KINDS = Object.keys(GEOMETRY_FIELDS) as (keyof typeof GEOMETRY_FIELDS)[];
const METHODS = ["siddon", "joseph", "pixel", "strip"];

export function projectorMatrix(file: any): readonly GoldenCase[] {
  const image = { rows: file.rows, columns: file.cols, pixel: file.pixel };
  const cases = Object.entries<any>(file.projectors).map(([name, expected]): GoldenCase => {
    const [kind, method] = name.split("-");
    if (!KINDS.includes(kind as "parallel") || !METHODS.includes(method)) return unknownCase(name, name);
    return {
      name,
      kind: method,
      async run() {
        knownKeys(name, expected, ["shape", "rows", "forward", "y", "adjoint"]);
        knownKeys(kind, file[kind], GEOMETRY_FIELDS[kind as "parallel"]);
        const a = projector(geometryOf(kind, file[kind], image), { method: method as ProjectorMethod, dtype: "f64" });
        const limit = absolute(file.tolerance);
        expectClose("forward", await read(a.apply(f64(file.image))), expected.forward, limit);
        expectClose("adjoint", await read(a.adjoint(f64(expected.y, a.range))), expected.adjoint, limit);
        if (expected.rows !== null && expected.rows !== undefined) {
          const [m, n] = expected.shape;
          const dense = new Float64Array(m * n);
          expected.rows.forEach((row: [number, number][], i: number) =>
            row.forEach(([j, value]) => (dense[i * n + j] = value)),
          );
          expectClose("rows", await read(toMatrix(a)), flat(Array.from(dense)), limit);
        }
      },
    };
  });
  return [...cases, ...unknownSections(file, [...HEAD, "rows", "cols", "pixel", "image", "projectors", ...KINDS])];
}
