/** Every case of every golden file is one test. */
import { goldenSuite } from "@ansatz/golden";
import pending from "./golden/pending.json" with { type: "json" };
import { acceleration } from "./reader/acceleration.ts";
import { classical } from "./reader/classical.ts";
import { deepDirections } from "./reader/deepDirections.ts";
import { discreteProblems, firDesigns } from "./reader/discrete.ts";
import { gradientNormalized } from "./reader/gradientNormalized.ts";
import { matrixSensingRuns } from "./reader/matrixSensing.ts";
import { mfacDynamic, mfacOptimizer, mfacPruning, mfacStatic } from "./reader/mfac.ts";
import { poisson } from "./reader/poisson.ts";
import { synthetic } from "./reader/synthetic.ts";

goldenSuite(import.meta.url, pending, {
  "acceleration.json": acceleration,
  "dcdm.json": deepDirections,
  "diffgrad_synthetic.json": synthetic,
  "diffgrad_trajectories.json": classical,
  "dmmv_fir.json": firDesigns,
  "dmmv_generic.json": discreteProblems,
  "gns.json": gradientNormalized,
  "matrix_sensing.json": matrixSensingRuns,
  "mfac_dynamic.json": mfacDynamic,
  "mfac_optimizer.json": mfacOptimizer,
  "mfac_pruning.json": mfacPruning,
  "mfac_static.json": mfacStatic,
  "poisson_cg.json": poisson,
  "torch_optimizers.json": classical,
});
