/**
 * The floors of the house. A package may import the packages named here and nothing else of ours;
 * a package that is missing here may import none. The list is the one in ARCHITECTURE.md.
 */
const floors = {
  tensor: [],
  optim: ["tensor"],
  nn: ["tensor", "optim"],
  diffeq: ["tensor", "optim", "nn"],
  qmc: ["tensor", "optim"],
  cluster: ["tensor"],
  samplers: ["tensor", "optim", "nn", "diffeq"],
  inverse: ["tensor", "optim", "nn", "diffeq", "qmc", "samplers"],
  quant: ["tensor", "optim", "nn", "samplers"],
};

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
      comment: "A package without a floor in .dependency-cruiser.mjs may import none of our packages.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: `^packages/${anyOf(Object.keys(floors))}/` },
      to: { path: ours },
    },
    {
      name: "packages-below-apps",
      comment: "No package imports an app or the workspace's tests.",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: ["^(apps|tests|scripts)/", `${ours}(bench|workspace-tests)/`] },
    },
    {
      name: "no-foreign-source",
      comment: "A package reaches another one by its name, never by a path into its folder.",
      severity: "error",
      from: { path: "^(packages|apps)/([^/]+)/" },
      to: { path: "^(packages|apps)/[^/]+/", pathNot: "^$1/$2/" },
    },
    {
      name: "source-without-tests",
      comment: "Sources do not import tests.",
      severity: "error",
      from: { path: "^(packages|apps)/[^/]+/src/" },
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
      from: { path: "^(packages|apps)/" },
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
    exclude: { path: "^(packages|apps|tests)/[^/]+/(dist|out)/" },
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
