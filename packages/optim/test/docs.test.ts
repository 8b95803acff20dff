/** Every TypeScript example of the README and of `docs` runs, and prints. */
import { documentationSuite } from "@ansatz/examples";

documentationSuite(import.meta.url, { positive: false, least: 5 });
