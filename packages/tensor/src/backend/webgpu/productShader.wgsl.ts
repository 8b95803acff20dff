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
   * - unless the result is contiguous, `store(s, m, n, value)`,
   * - `load_a4` and `load_b4` with the arguments of `load_a` and `load_b` for operands that are read in vectors.
   *
   * What depends on one index alone belongs in the `at` functions (of any type): it is computed less often.
   */
  readonly text: string;
  readonly contiguous: boolean;
  /** Whether neighbouring k (rather than m, n) are neighbours in memory: decides how slabs are loaded. */
  readonly aAlongK: boolean;
  readonly bAlongK: boolean;
  /**
   * Operands whose buffers hold vectors of four neighbours along k, or along m (or n), as `aAlongK` and `bAlongK` say; every
   * stride along the other axes and the number of neighbours are then multiples of four. `c`: the contiguous result is
   * such a buffer.
   */
  readonly vectors?: { readonly a: boolean; readonly b: boolean; readonly c: boolean };
}

const NO_VECTORS = { a: false, b: false, c: false } as const;

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

/** The same for vectors of four k. */
const ROW_ALONG = 4 * SIDE + 1;

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
function storeLines({ rows, cols }: Tile, vectors: boolean): string[] {
  if (vectors) {
    return range(rows).map((i) => `if (row + ${i} < p.m && col < p.n) { store4(part, row + ${i}, col, c${i}); }`);
  }
  return range(rows).flatMap((i) => [
    `if (row + ${i} < p.m) {`,
    `for (var j = 0; j < ${cols}; j++) {`,
    `if (col + j < p.n) { store(part, row + ${i}, col + j, ${element(`c${i}`, cols, "j")}); }`,
    "}",
    "}",
  ]);
}

/** Statements that load one vector of `size` neighbouring m or n of one k, at once if they are neighbours in memory. */
function loadLines(which: "a" | "b", size: number, vector4: boolean): string[] {
  if (vector4) return [`let ${which} = ${which === "a" ? "load_a4(a_m0, a_k)" : "load_b4(b_k, b_n0)"};`];
  const load = (i: number): string => (which === "a" ? `load_a(a_m${i}, a_k)` : `load_b(b_k, b_n${i})`);
  return [`let ${which} = ${vector(size)}(${range(size).map(load).join(", ")});`];
}

/**
 * Statements that prepare the m (or n) of an invocation's vectors; those outside repeat the last one.
 * @param vector4 whether only the first one is needed, which then begins a whole vector
 */
function placeLines(which: "a_m" | "b_n", first: string, size: number, vector4: boolean): string[] {
  const axis = which[2];
  if (vector4) return [`let ${which}0 = ${which[0]}_at_${axis}(s, min(${first}, p.${axis} - 4));`];
  return range(size).map((i) => `let ${which}${i} = ${which[0]}_at_${axis}(s, min(${first} + ${i}, p.${axis} - 1));`);
}

/** Every invocation reads its operands itself. Best for small products, and where there is no fast shared memory. */
function directBody(shader: ProductShader, tile: Tile): string[] {
  const { rows, cols } = tile;
  const vectors = shader.vectors ?? NO_VECTORS;
  const a4 = vectors.a && !shader.aAlongK && rows === 4;
  const b4 = vectors.b && !shader.bAlongK && cols === 4;
  return [
    `let high = ${DIRECT_WORKGROUP} / p.wide;`,
    ...partLines(`(p.m + high * ${rows} - 1) / (high * ${rows})`, `(p.n + p.wide * ${cols} - 1) / (p.wide * ${cols})`),
    `let row = (block / tiles_n % tiles_m * high + local / p.wide) * ${rows};`,
    `let col = (block % tiles_n * p.wide + local % p.wide) * ${cols};`,
    "if (row >= p.m || col >= p.n) { return; }",
    ...placeLines("a_m", "row", rows, a4),
    ...placeLines("b_n", "col", cols, b4),
    ...range(rows).map((i) => `var c${i} = ${vector(cols)}();`),
    "for (var k = k_start; k < k_end; k++) {",
    "let a_k = a_at_k(s, k);",
    "let b_k = b_at_k(s, k);",
    ...loadLines("a", rows, a4),
    ...loadLines("b", cols, b4),
    ...productLines(tile),
    "}",
    ...storeLines(tile, vectors.c && cols === 4),
  ];
}

/**
 * How a slab of an operand lies in workgroup memory. `across`: vectors of four neighbouring m (or n) of one k. `along`:
 * vectors of four neighbouring k of one m (or n), as they come from memory; those with equal remainders of m divided by 4
 * lie together, so that neighbouring invocations read neighbouring vectors.
 */
interface Slab {
  readonly which: "a" | "b";
  readonly alongK: boolean;
  readonly vectors: boolean;
}

const isAlong = ({ alongK, vectors }: Slab): boolean => alongK && vectors;

/** Statements with which each invocation loads one vector of a slab into workgroup memory. */
function slabLines(slab: Slab): string[] {
  const { which, alongK, vectors } = slab;
  const name = `slab_${which}`;
  if (isAlong(slab)) {
    const place = which === "a" ? "load_a4(a_m0, a_k)" : "load_b4(b_k, b_n0)";
    return [
      "{",
      "let k = k0 + local % 4 * 4;",
      "var value = vec4<f32>();",
      `if (k < k_end) { let ${which}_k = ${which}_at_k(s, k); value = ${place}; }`,
      `${name}[local % 4 * ${ROW_ALONG} + local / 4 % 4 * ${SIDE} + local / 16] = value;`,
      "}",
    ];
  }
  return [
    "{",
    `let k = k0 + local ${alongK ? "%" : "/"} ${SIDE};`,
    "var value = vec4<f32>();",
    "if (k < k_end) {",
    `let ${which}_k = ${which}_at_k(s, k);`,
    ...loadLines(which, 4, vectors),
    `value = ${which};`,
    "}",
    `${name}[(k - k0) * ${ROW} + local ${alongK ? "/" : "%"} ${SIDE}] = value;`,
    "}",
  ];
}

/** Statements that define the vector of one operand for k = 4 kq + kk, in a loop over kq. */
function operandLines(slab: Slab, kk: number): string[] {
  const { which } = slab;
  if (isAlong(slab))
    return [
      `let ${which} = vec4<f32>(${range(4)
        .map((i) => `${which}${i}[${kk}]`)
        .join(", ")});`,
    ];
  const column = which === "a" ? `local / ${SIDE}` : `local % ${SIDE}`;
  return [`let ${which} = slab_${which}[(4 * kq + ${kk}) * ${ROW} + ${column}];`];
}

/** Statements at the beginning of that loop: the vectors along k of the four m (or n) of this invocation. */
function alongLines(slab: Slab): string[] {
  if (!isAlong(slab)) return [];
  const { which } = slab;
  const column = which === "a" ? `local / ${SIDE}` : `local % ${SIDE}`;
  return range(4).map((i) => `let ${which}${i} = slab_${which}[kq * ${ROW_ALONG} + ${i * SIDE} + ${column}];`);
}

/** Workgroups load slabs of both operands into shared memory, where every value is used by 16 invocations. */
function stagedBody(shader: ProductShader, tile: Tile): string[] {
  const vectors = shader.vectors ?? NO_VECTORS;
  const a: Slab = { which: "a", alongK: shader.aAlongK, vectors: vectors.a };
  const b: Slab = { which: "b", alongK: shader.bAlongK, vectors: vectors.b };
  const place = (slab: Slab, axis: "a_m" | "b_n", origin: string): string[] => {
    // Along k, four invocations share an m (or n).
    if (isAlong(slab)) return placeLines(axis, `${origin} + local / 4`, 1, false);
    return placeLines(axis, `${origin} + local ${slab.alongK ? "/" : "%"} ${SIDE} * 4`, 4, slab.vectors);
  };
  return [
    ...partLines(`(p.m + ${STAGED_SIDE - 1}) / ${STAGED_SIDE}`, `(p.n + ${STAGED_SIDE - 1}) / ${STAGED_SIDE}`),
    `let m0 = block / tiles_n % tiles_m * ${STAGED_SIDE};`,
    `let n0 = block % tiles_n * ${STAGED_SIDE};`,
    ...place(a, "a_m", "m0"),
    ...place(b, "b_n", "n0"),
    ...range(4).map((i) => `var c${i} = vec4<f32>();`),
    `for (var k0 = k_start; k0 < k_end; k0 += ${DEPTH}) {`,
    ...slabLines(a),
    ...slabLines(b),
    "workgroupBarrier();",
    `for (var kq = 0; kq < ${DEPTH / 4}; kq++) {`,
    ...alongLines(a),
    ...alongLines(b),
    ...range(4).flatMap((kk) => ["{", ...operandLines(a, kk), ...operandLines(b, kk), ...productLines(tile), "}"]),
    "}",
    "workgroupBarrier();",
    "}",
    `let row = m0 + local / ${SIDE} * 4;`,
    `let col = n0 + local % ${SIDE} * 4;`,
    ...storeLines(tile, vectors.c),
  ];
}

/** The shader of a product. */
export function productWgsl(shader: ProductShader, tile: Tile): string {
  const vectors = shader.vectors ?? NO_VECTORS;
  const slab = (name: "a" | "b", alongK: boolean): string =>
    `var<workgroup> slab_${name}: array<vec4<f32>, ${alongK && vectors[name] ? (ROW_ALONG * DEPTH) / 4 : ROW * DEPTH}>;`;
  const at = "p.c_offset + (s * p.m + m) * p.n + n";
  const stores = [
    `fn store(s: i32, m: i32, n: i32, value: f32) { ${vectors.c ? `c[(${at}) >> 2u][(${at}) & 3]` : `c[${at}]`} = value; }`,
    ...(vectors.c ? [`fn store4(s: i32, m: i32, n: i32, value: vec4<f32>) { c[(${at}) >> 2u] = value; }`] : []),
  ];
  return [
    `struct Params { ${[...TEMPLATE_PARAMS, ...shader.params].map((name) => `${name}: i32`).join(", ")} }`,
    "@group(0) @binding(0) var<uniform> p: Params;",
    shader.text,
    ...(shader.contiguous ? stores : []),
    ...(tile.staged ? [slab("a", shader.aAlongK), slab("b", shader.bAlongK)] : []),
    `@compute @workgroup_size(${tile.staged ? SIDE * SIDE : DIRECT_WORKGROUP})`,
    "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,",
    "    @builtin(local_invocation_index) local_index: u32) {",
    "let block = i32(group.y * grid.x + group.x);",
    "let local = i32(local_index);",
    ...(tile.staged ? stagedBody(shader, tile) : directBody(shader, tile)),
    "}",
    "",
  ].join("\n");
}
