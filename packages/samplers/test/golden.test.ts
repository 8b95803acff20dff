/** Every case of every golden file is one test. */
import { goldenSuite } from "@ansatz/golden";
import pending from "./golden/pending.json" with { type: "json" };
import { acceptance } from "./reader/acceptance.ts";
import { bdia, bdiaEdm } from "./reader/bdia.ts";
import { ddimPndm } from "./reader/ddimPndm.ts";
import { dpmSolver } from "./reader/dpmSolver.ts";
import { edge } from "./reader/edge.ts";
import { lml } from "./reader/lml.ts";
import { modelsExact } from "./reader/modelsExact.ts";
import { momentum } from "./reader/momentum.ts";
import { mrs } from "./reader/mrs.ts";
import { schedules } from "./reader/schedules.ts";
import { sde } from "./reader/sde.ts";
import { unipc } from "./reader/unipc.ts";
import { usf } from "./reader/usf.ts";

goldenSuite(import.meta.url, pending, {
  "acceptance.json": acceptance,
  "bdia.json": bdia,
  "bdia_edm.json": bdiaEdm,
  "ddim_pndm.json": ddimPndm,
  "dpm_solver.json": dpmSolver,
  "edge.json": edge,
  "lml.json": lml,
  "models_exact.json": modelsExact,
  "momentum.json": momentum,
  "mrs.json": mrs,
  "schedules.json": schedules,
  "sde.json": sde,
  "unipc.json": unipc,
  "usf.json": usf,
});
