/** Every case of every golden file is one test. */
import { goldenSuite } from "@ansatz/golden";
import pending from "./golden/pending.json" with { type: "json" };
import { bayes, cubature } from "./reader/cubature.ts";
import { grams, integrands, kernels1d } from "./reader/kernels.ts";
import { measures, transforms } from "./reader/measures.ts";
import { interlaced, nus, randomizations, sobolChecksum, sobolFile } from "./reader/nets.ts";
import { haltonFile, latticeFile } from "./reader/points.ts";
import { discrepancies, tValues } from "./reader/quality.ts";
import { slimKlFile } from "./reader/slimKl.ts";
import { logBessel, vmf } from "./reader/special.ts";

goldenSuite(import.meta.url, pending, {
  "bayes_cubature.json": bayes,
  "cubature.json": cubature,
  "discrepancy.json": discrepancies,
  "dnet_interlaced.json": interlaced,
  "dnet_nus.json": nus,
  "dnet_randomizations.json": randomizations,
  "gram.json": grams,
  "halton.json": haltonFile,
  "integrands.json": integrands,
  "kernels1d.json": kernels1d,
  "lattice.json": latticeFile,
  "log_bessel.json": logBessel,
  "measures.json": measures,
  "slimkl.json": slimKlFile,
  "sobol.json": sobolFile,
  "sobol_table_checksum.json": sobolChecksum,
  "sobol_tvalue.json": tValues,
  "transforms.json": transforms,
  "vmf.json": vmf,
});
