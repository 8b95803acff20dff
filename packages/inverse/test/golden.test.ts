/** Every case of every golden file is one test. */
import { goldenSuite } from "@ansatz/golden";
import pending from "./golden/pending.json" with { type: "json" };
import { ctBench } from "./reader/ctBench.ts";
import { dmmvTomo } from "./reader/discrete.ts";
import { fbp, fbpFilters } from "./reader/fbp.ts";
import { iterative } from "./reader/iterative.ts";
import { metrics } from "./reader/metrics.ts";
import { mimoForward, mimoRecon } from "./reader/mimo.ts";
import { phantom, radonAnalytic } from "./reader/phantom.ts";
import { pnpLinear } from "./reader/pnp.ts";
import { magprox, prox } from "./reader/prox.ts";
import { afdpsGmm } from "./reader/posterior.ts";
import { projectorMatrix } from "./reader/projectorMatrix.ts";

goldenSuite(import.meta.url, pending, {
  "afdps_gmm.json": afdpsGmm,
  "ct_bench_fan32.json": ctBench,
  "ct_bench_par32.json": ctBench,
  "dmmv_tomo.json": dmmvTomo,
  "fbp.json": fbp,
  "fbp_filters.json": fbpFilters,
  "iterative.json": iterative,
  "magprox.json": magprox,
  "metrics.json": metrics,
  "mimo_forward.json": mimoForward,
  "mimo_recon.json": mimoRecon,
  "phantom.json": phantom,
  "pnp_linear.json": pnpLinear,
  "prox.json": prox,
  "projector_matrix.json": projectorMatrix,
  "radon_analytic.json": radonAnalytic,
});
