/** Every TypeScript example of the README and of `docs` runs, and prints numbers. */
import { documentationSuite } from "@ansatz/examples";

documentationSuite(import.meta.url, { least: 4 });
