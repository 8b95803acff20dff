/** Every case of every golden file is one test. */
import { goldenSuite } from "@ansatz/golden";
import pending from "./golden/pending.json" with { type: "json" };
import { iterative } from "./reader/iterative.ts";
import { metrics } from "./reader/metrics.ts";
import { phantom, radonAnalytic } from "./reader/phantom.ts";
import { projectorMatrix } from "./reader/projectorMatrix.ts";

goldenSuite(import.meta.url, pending, {
  "iterative.json": iterative,
  "metrics.json": metrics,
  "phantom.json": phantom,
  "projector_matrix.json": projectorMatrix,
  "radon_analytic.json": radonAnalytic,
});
