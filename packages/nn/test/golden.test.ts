/** Every case of every golden file is one test. */
import { goldenSuite } from "@ansatz/golden";
import pending from "./golden/pending.json" with { type: "json" };
import { nets } from "./reader/nets.ts";

goldenSuite(import.meta.url, pending, { "nets.json": nets });
