/**
 * The floors of the house, checked: `floors.json` says which of our packages a package may import. A package that
 * is missing there may import none. ARCHITECTURE.md draws the picture.
 */
import floors from "./floors.json" with { type: "json" };

const anyOf = (names) => `(${names.join("|")})`;

/** Imports of one of our packages by name, as they look with symbolic links left alone. */
const ours = "node_modules/@ansatz/";

const floorRules = Object.entries(floors).map(([name, allowed]) => ({
  name: `floor-${name}`,
  comment: `@ansatz/${name} may import ${allowed.map((item) => `@ansatz/${item}`).join(", ") || "none of our packages"}.`,
  severity: "error",
  from: { path: `^packages/${name}/src/` },
  to: { path: `${ours}[^/]+`, pathNot: `${ours}${anyOf([name, ...allowed])}/` },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...floorRules,
    {
      name: "floor-unknown",
      comment: "A package without a floor in floors.json may import none of our packages.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: `^packages/${anyOf(Object.keys(floors))}/` },
      to: { path: ours },
    },
    {
      name: "packages-below-apps",
      comment: "No package imports an app, not even in its tests.",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: `${ours}bench/` },
    },
    {
      name: "no-foreign-source",
      comment: "A package reaches another one by its name, never by a path into its folder.",
      severity: "error",
      from: { path: "^(packages|apps|tools)/([^/]+)/" },
      to: { path: "^(packages|apps|tools|tests|scripts)/[^/]+", pathNot: "^$1/$2/" },
    },
    {
      name: "source-without-tests",
      comment: "Sources do not import tests.",
      severity: "error",
      from: { path: "^(packages|apps|tools)/[^/]+/src/" },
      to: { path: "/test/" },
    },
    {
      name: "no-cycles",
      comment: "Modules that need each other when they start belong together or need a third one below both.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "resolvable",
      comment: "Every import resolves: the dependency is declared, and the package exports that path.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "declared",
      comment: "Every imported package stands in the package.json of the package that imports it.",
      severity: "error",
      from: { path: "^(packages|apps|tools)/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "no-development-dependencies",
      comment: "What a published source imports is a dependency or a peer, not a development dependency.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only", "npm", "npm-peer", "npm-optional"] },
    },
    {
      name: "no-node-at-the-top",
      comment: "Packages load in browsers: modules of Node are imported dynamically, where they are needed.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: { dependencyTypes: ["core"], dependencyTypesNot: ["type-only"], dynamic: false },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(packages|apps|tests|tools)/[^/]+/(dist|out)/" },
    tsPreCompilationDeps: true,
    preserveSymlinks: true,
    combinedDependencies: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@ansatz/source", "import", "node", "default", "types"],
      extensions: [".ts", ".js", ".mjs", ".json", ".d.ts"],
    },
  },
};
