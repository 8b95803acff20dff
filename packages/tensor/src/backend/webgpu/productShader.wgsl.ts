/**
 * Shader texts of tiled products: for every batch s, `c[s, m, n] = sum_k a(s, m, k) b(s, k, n)`. What a and b are is
 * left to functions of the product (see {@link ProductShader}), so that matrix products and convolutions share them.
 * Every sum runs over k in order, so that results do not depend on the tile.
 */

/** What one product adds to the template. */
export interface ProductShader {
  /** Names the shader; equal names mean equal texts below. */
  readonly name: string;
  /** Names of i32 parameters after those of the template. */
  readonly params: readonly string[];
  /**
   * WGSL: buffer declarations from binding 1 on, with the result in `c`, and functions of i32 indices
   * - `a_at_m(s, m)`, `a_at_k(s, k)` and `load_a(at_m, at_k) -> f32`,
   * - `b_at_k(s, k)`, `b_at_n(s, n)` and `load_b(at_k, at_n) -> f32`,
   * - unless the result is contiguous, `store(s, m, n, value)`.
   *
   * What depends on one index alone belongs in the `at` functions (of any type): it is computed less often.
   */
  readonly text: string;
  readonly contiguous: boolean;
  /** Whether neighbouring k (rather than m, n) are neighbours in memory: decides how slabs are loaded. */
  readonly aAlongK: boolean;
  readonly bAlongK: boolean;
}

/** Results of one invocation in each direction, and whether workgroups stage the operands in shared memory. */
export interface Tile {
  readonly rows: 1 | 2 | 4;
  readonly cols: 1 | 2 | 4;
  readonly staged: boolean;
}

/** Parameters of the template, before those of the product. `wide` is used by direct shaders alone. */
const TEMPLATE_PARAMS = ["m", "n", "k", "batch", "splits", "k_per_split", "wide"] as const;

/** Invocations of a workgroup of a direct shader. */
export const DIRECT_WORKGROUP = 64;

/** A workgroup of a staged shader has SIDE x SIDE invocations and makes SIDE rows x SIDE cols results... */
const SIDE = 16;
/** ... from slabs of DEPTH values of k. */
const DEPTH = 16;
/** Vectors of one k in workgroup memory: one more than needed, so that neighbouring k lie in different banks. */
const ROW = SIDE + 1;

/** Results of a workgroup of a staged shader in one direction. */
export const STAGED_SIDE: number = 4 * SIDE;

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** The vector type of 1, 2 or 4 floats. */
function vector(size: number): string {
  return size === 1 ? "f32" : `vec${size}<f32>`;
}

/** WGSL of element `i` of a vector of `size` floats. */
function element(name: string, size: number, i: number | string): string {
  return size === 1 ? name : `${name}[${i}]`;
}

/** Statements that split the number of a block of results into batch, split and position. */
function partLines(tilesM: string, tilesN: string): string[] {
  return [
    `let tiles_n = ${tilesN};`,
    `let tiles_m = ${tilesM};`,
    // Parts number all batches of the first split, then those of the second, ...
    "let part = block / (tiles_n * tiles_m);",
    "if (part >= p.batch * p.splits) { return; }",
    "let s = part % p.batch;",
    "let k_start = part / p.batch * p.k_per_split;",
    "let k_end = min(p.k, k_start + p.k_per_split);",
  ];
}

/** Statements that add the products of `a` and `b` to the results `c0`, `c1`, ... */
function productLines({ rows }: Tile): string[] {
  return range(rows).map((i) => `c${i} += ${element("a", rows, i)} * b;`);
}

/** Statements that store the results at (row, col). */
function storeLines({ rows, cols }: Tile): string[] {
  return range(rows).flatMap((i) => [
    `if (row + ${i} < p.m) {`,
    `for (var j = 0; j < ${cols}; j++) {`,
    `if (col + j < p.n) { store(part, row + ${i}, col + j, ${element(`c${i}`, cols, "j")}); }`,
    "}",
    "}",
  ]);
}

/** Statements that load one vector of `size` neighbouring m or n of one k. */
function loadLines(which: "a" | "b", size: number): string[] {
  const load = (i: number): string => (which === "a" ? `load_a(a_m${i}, a_k)` : `load_b(b_k, b_n${i})`);
  return [`let ${which} = ${vector(size)}(${range(size).map(load).join(", ")});`];
}

/** Statements that prepare the m (or n) of an invocation's vectors; those outside repeat the last one. */
function placeLines(which: "a_m" | "b_n", first: string, size: number): string[] {
  const axis = which[2];
  return range(size).map((i) => `let ${which}${i} = ${which[0]}_at_${axis}(s, min(${first} + ${i}, p.${axis} - 1));`);
}

/** Every invocation reads its operands itself. Best for small products, and where there is no fast shared memory. */
function directBody(tile: Tile): string[] {
  const { rows, cols } = tile;
  return [
    `let high = ${DIRECT_WORKGROUP} / p.wide;`,
    ...partLines(`(p.m + high * ${rows} - 1) / (high * ${rows})`, `(p.n + p.wide * ${cols} - 1) / (p.wide * ${cols})`),
    `let row = (block / tiles_n % tiles_m * high + local / p.wide) * ${rows};`,
    `let col = (block % tiles_n * p.wide + local % p.wide) * ${cols};`,
    "if (row >= p.m || col >= p.n) { return; }",
    ...placeLines("a_m", "row", rows),
    ...placeLines("b_n", "col", cols),
    ...range(rows).map((i) => `var c${i} = ${vector(cols)}();`),
    "for (var k = k_start; k < k_end; k++) {",
    "let a_k = a_at_k(s, k);",
    "let b_k = b_at_k(s, k);",
    ...loadLines("a", rows),
    ...loadLines("b", cols),
    ...productLines(tile),
    "}",
    ...storeLines(tile),
  ];
}

/** Statements with which each invocation loads one vector of a slab into workgroup memory. */
function slabLines(which: "a" | "b", size: number, alongK: boolean): string[] {
  const name = `slab_${which}`;
  return [
    "{",
    `let k = k0 + local ${alongK ? "%" : "/"} ${SIDE};`,
    `var value = ${vector(size)}();`,
    "if (k < k_end) {",
    `let ${which}_k = ${which}_at_k(s, k);`,
    ...loadLines(which, size),
    `value = ${which};`,
    "}",
    `${name}[(k - k0) * ${ROW} + local ${alongK ? "/" : "%"} ${SIDE}] = value;`,
    "}",
  ];
}

/** Workgroups load slabs of both operands into shared memory, where every value is used by 16 invocations. */
function stagedBody(shader: ProductShader, tile: Tile): string[] {
  const { rows, cols } = tile;
  const [m, n] = [SIDE * rows, SIDE * cols];
  const first = (origin: string, alongK: boolean, size: number): string =>
    `${origin} + local ${alongK ? "/" : "%"} ${SIDE} * ${size}`;
  return [
    ...partLines(`(p.m + ${m - 1}) / ${m}`, `(p.n + ${n - 1}) / ${n}`),
    `let m0 = block / tiles_n % tiles_m * ${m};`,
    `let n0 = block % tiles_n * ${n};`,
    ...placeLines("a_m", first("m0", shader.aAlongK, rows), rows),
    ...placeLines("b_n", first("n0", shader.bAlongK, cols), cols),
    ...range(rows).map((i) => `var c${i} = ${vector(cols)}();`),
    `for (var k0 = k_start; k0 < k_end; k0 += ${DEPTH}) {`,
    ...slabLines("a", rows, shader.aAlongK),
    ...slabLines("b", cols, shader.bAlongK),
    "workgroupBarrier();",
    `for (var k = 0; k < ${DEPTH}; k++) {`,
    `let a = slab_a[k * ${ROW} + local / ${SIDE}];`,
    `let b = slab_b[k * ${ROW} + local % ${SIDE}];`,
    ...productLines(tile),
    "}",
    "workgroupBarrier();",
    "}",
    `let row = m0 + local / ${SIDE} * ${rows};`,
    `let col = n0 + local % ${SIDE} * ${cols};`,
    ...storeLines(tile),
  ];
}

/** The shader of a product. */
export function productWgsl(shader: ProductShader, tile: Tile): string {
  const slab = (name: string, size: number): string =>
    `var<workgroup> slab_${name}: array<${vector(size)}, ${ROW * DEPTH}>;`;
  return [
    `struct Params { ${[...TEMPLATE_PARAMS, ...shader.params].map((name) => `${name}: i32`).join(", ")} }`,
    "@group(0) @binding(0) var<uniform> p: Params;",
    shader.text,
    shader.contiguous
      ? "fn store(s: i32, m: i32, n: i32, value: f32) { c[p.c_offset + (s * p.m + m) * p.n + n] = value; }"
      : "",
    ...(tile.staged ? [slab("a", tile.rows), slab("b", tile.cols)] : []),
    `@compute @workgroup_size(${tile.staged ? SIDE * SIDE : DIRECT_WORKGROUP})`,
    "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,",
    "    @builtin(local_invocation_index) local_index: u32) {",
    "let block = i32(group.y * grid.x + group.x);",
    "let local = i32(local_index);",
    ...(tile.staged ? stagedBody(shader, tile) : directBody(tile)),
    "}",
    "",
  ].join("\n");
}
