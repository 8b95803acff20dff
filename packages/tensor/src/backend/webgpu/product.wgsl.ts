/**
 * The tiled product that matrix products and convolutions share: for every batch s,
 * `c[s, m, n] = sum_k a(s, m, k) b(s, k, n)`, where the operands are read through functions of their indices.
 *
 * A workgroup of 16 x 16 invocations makes a tile of `16 rows x 16 cols` results, each invocation `rows x cols` of them,
 * from slabs of 16 values of k that all invocations load into workgroup memory. Every sum runs over k in order within
 * a split, so results do not depend on the tile.
 */
import type { GpuDispatch } from "../backend.ts";
import { grid } from "./grid.ts";

const SIDE = 16;
const DEPTH = 16;

/** Results of one invocation: 1, 2 or 4 in each direction. */
export interface Tile {
  readonly rows: 1 | 2 | 4;
  readonly cols: 1 | 2 | 4;
}

/** What one product adds to the template. */
export interface ProductShader {
  /** Names the shader; equal names mean equal texts below. */
  readonly name: string;
  /** Names of i32 parameters after those of the template. */
  readonly params: readonly string[];
  /**
   * WGSL: buffer declarations from binding 1 on, with the result in `c`, and the functions `load_a(s, m, k)`,
   * `load_b(s, k, n)` and, unless the result is contiguous, `store(s, m, n, value)`. Indices are i32.
   */
  readonly text: string;
  readonly contiguous: boolean;
  /** Whether neighbouring k (rather than m, n) are neighbours in memory: decides how slabs are loaded. */
  readonly aAlongK: boolean;
  readonly bAlongK: boolean;
}

/** Sizes of a product. */
export interface ProductSizes {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

const TEMPLATE_PARAMS = ["m", "n", "k", "batch", "splits", "k_per_split"] as const;

/** Workgroups that keep a large GPU busy. */
const ENOUGH = 64;

function halve(size: 1 | 2 | 4): 1 | 2 | 4 {
  return size === 4 ? 2 : 1;
}

function tiles({ batch, m, n }: ProductSizes, { rows, cols }: Tile): number {
  return batch * Math.ceil(m / (SIDE * rows)) * Math.ceil(n / (SIDE * cols));
}

/** The largest tile that wastes little and gives enough workgroups. */
export function chooseTile(sizes: ProductSizes): Tile {
  let rows: Tile["rows"] = sizes.m > 2 * SIDE ? 4 : sizes.m > SIDE ? 2 : 1;
  let cols: Tile["cols"] = sizes.n > 2 * SIDE ? 4 : sizes.n > SIDE ? 2 : 1;
  while (rows * cols > 1 && tiles(sizes, { rows, cols }) < ENOUGH) {
    if (rows >= cols) rows = halve(rows);
    else cols = halve(cols);
  }
  return { rows, cols };
}

/** Into how many parts the sums over k are split, so that small results with long sums still fill the GPU. */
export function chooseSplits(sizes: ProductSizes, tile: Tile): number {
  const wanted = Math.ceil(ENOUGH / Math.max(1, tiles(sizes, tile)));
  return Math.max(1, Math.min(wanted, Math.floor(sizes.k / 256)));
}

/** Statements that load one slab of an operand: `across` is the number of m or n it covers. */
function slabLines(which: "a" | "b", across: number, alongK: boolean): string[] {
  const lines: string[] = [];
  for (let e = 0; e < (across * DEPTH) / (SIDE * SIDE); e++) {
    const at = `local + ${e * SIDE * SIDE}`;
    const [k, x] = alongK
      ? [`(${at}) % ${DEPTH}`, `(${at}) / ${DEPTH}`]
      : [`(${at}) / ${across}`, `(${at}) % ${across}`];
    const index = which === "a" ? "s, m0 + x, k0 + k" : "s, k0 + k, n0 + x";
    const inside = which === "a" ? "m0 + x < p.m" : "n0 + x < p.n";
    lines.push(
      "{",
      `let k = ${k};`,
      `let x = ${x};`,
      "var value = 0.0f;",
      `if (${inside} && k0 + k < k_end) { value = load_${which}(${index}); }`,
      `tile_${which}[k * ${across} + x] = value;`,
      "}",
    );
  }
  return lines;
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** The shader of a product. */
export function productWgsl(shader: ProductShader, { rows, cols }: Tile): string {
  const m = SIDE * rows;
  const n = SIDE * cols;
  const pairs = range(rows).flatMap((i) => range(cols).map((j) => [i, j] as const));
  const store = shader.contiguous
    ? `fn store(s: i32, m: i32, n: i32, value: f32) { c[p.c_offset + (s * p.m + m) * p.n + n] = value; }`
    : "";
  return [
    `struct Params { ${[...TEMPLATE_PARAMS, ...shader.params].map((name) => `${name}: i32`).join(", ")} }`,
    "@group(0) @binding(0) var<uniform> p: Params;",
    shader.text,
    store,
    `var<workgroup> tile_a: array<f32, ${m * DEPTH}>;`,
    `var<workgroup> tile_b: array<f32, ${n * DEPTH}>;`,
    `@compute @workgroup_size(${SIDE * SIDE})`,
    "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,",
    "    @builtin(local_invocation_index) local_index: u32) {",
    "let block = i32(group.y * grid.x + group.x);",
    "let local = i32(local_index);",
    `let tiles_n = (p.n + ${n - 1}) / ${n};`,
    `let tiles_m = (p.m + ${m - 1}) / ${m};`,
    "let part = block / (tiles_n * tiles_m);",
    "if (part >= p.batch * p.splits) { return; }",
    // Part numbers run over the splits first, so that the partial results of a split lie together.
    "let s = part % p.batch;",
    "let k_start = part / p.batch * p.k_per_split;",
    "let k_end = min(p.k, k_start + p.k_per_split);",
    `let m0 = block / tiles_n % tiles_m * ${m};`,
    `let n0 = block % tiles_n * ${n};`,
    `let row = local / ${SIDE} * ${rows};`,
    `let col = local % ${SIDE} * ${cols};`,
    ...pairs.map(([i, j]) => `var c${i}${j} = 0.0f;`),
    `for (var k0 = k_start; k0 < k_end; k0 += ${DEPTH}) {`,
    ...slabLines("a", m, shader.aAlongK),
    ...slabLines("b", n, shader.bAlongK),
    "workgroupBarrier();",
    `for (var k = 0; k < ${DEPTH}; k++) {`,
    ...range(rows).map((i) => `let a${i} = tile_a[k * ${m} + row + ${i}];`),
    ...range(cols).map((j) => `let b${j} = tile_b[k * ${n} + col + ${j}];`),
    ...pairs.map(([i, j]) => `c${i}${j} += a${i} * b${j};`),
    "}",
    "workgroupBarrier();",
    "}",
    ...pairs.map(
      ([i, j]) =>
        `if (m0 + row + ${i} < p.m && n0 + col + ${j} < p.n) { store(part, m0 + row + ${i}, n0 + col + ${j}, c${i}${j}); }`,
    ),
    "}",
    "",
  ].join("\n");
}

/** A dispatch of a product. `bindings` end with the result. */
export function productDispatch(
  shader: ProductShader,
  sizes: ProductSizes,
  tile: Tile,
  splits: number,
  params: readonly number[],
  bindings: GpuDispatch["bindings"],
): GpuDispatch {
  const depth = Math.ceil(sizes.k / splits);
  return {
    key: `${shader.name}/${tile.rows}${tile.cols}${shader.aAlongK ? "k" : "m"}${shader.bAlongK ? "k" : "n"}`,
    wgsl: () => productWgsl(shader, tile),
    words: [sizes.m, sizes.n, sizes.k, sizes.batch, splits, depth, ...params],
    bindings,
    workgroups: grid(tiles(sizes, tile) * splits),
  };
}

const SUM_PARTS = `struct Params { count: u32, parts: u32, offset: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) local: u32) {
  let at = (group.y * grid.x + group.x) * 256u + local;
  if (at >= p.count) { return; }
  var sum = partial[at];
  for (var part = 1u; part < p.parts; part++) { sum += partial[part * p.count + at]; }
  c[p.offset + at] = sum;
}
`;

/** The dispatch that adds the `parts` partial results in temporary 0, in order, into output 0. */
export function sumPartsDispatch(count: number, parts: number, offset: number): GpuDispatch {
  return {
    key: "sumParts",
    wgsl: () => SUM_PARTS,
    words: [count, parts, offset],
    bindings: [{ temp: 0 }, { output: 0 }],
    workgroups: grid(Math.ceil(count / 256)),
  };
}

/**
 * A product with a contiguous result in output 0, split over k where that pays. The last parameter of the shader must
 * be `c_offset`; `params` are the ones before it, `inputs` the bindings before the result.
 */
export function splitProduct(
  shader: ProductShader,
  sizes: ProductSizes,
  params: readonly number[],
  inputs: GpuDispatch["bindings"],
  offset: number,
): { readonly temps: readonly number[]; readonly dispatches: readonly GpuDispatch[] } {
  const tile = chooseTile(sizes);
  const splits = chooseSplits(sizes, tile);
  if (splits === 1) {
    const direct = productDispatch(shader, sizes, tile, 1, [...params, offset], [...inputs, { output: 0 }]);
    return { temps: [], dispatches: [direct] };
  }
  const count = sizes.batch * sizes.m * sizes.n;
  const partial = productDispatch(shader, sizes, tile, splits, [...params, 0], [...inputs, { temp: 0 }]);
  return { temps: [count * splits], dispatches: [partial, sumPartsDispatch(count, splits, offset)] };
}
