/** Dispatches of tiled products: choice of the tile and of how sums over k are split. */
import type { GpuDispatch } from "../backend.ts";
import { grid } from "./grid.ts";
import { DIRECT_WORKGROUP, productWgsl, STAGED_SIDE, type ProductShader, type Tile } from "./productShader.wgsl.ts";

/** Sizes of a product. */
export interface ProductSizes {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Workgroups that keep a large GPU busy. */
const ENOUGH = 64;

/** Smallest number of terms that is worth a split of its own. */
const SPLIT = 256;

function upTo4(n: number): 1 | 2 | 4 {
  return n > 2 ? 4 : n > 1 ? 2 : 1;
}

function half(n: 1 | 2 | 4): 1 | 2 | 4 {
  return n === 4 ? 2 : 1;
}

/** Invocations of a direct workgroup along n: a power of two up to 8, so that a workgroup's results lie in a square. */
function wideOf({ n }: ProductSizes, { cols }: Tile): number {
  const groups = Math.ceil(n / cols);
  return groups > 4 ? 8 : upTo4(groups);
}

function workgroups(sizes: ProductSizes, tile: Tile): number {
  const wide = wideOf(sizes, tile);
  const high = tile.staged ? STAGED_SIDE : (DIRECT_WORKGROUP / wide) * tile.rows;
  const across = tile.staged ? STAGED_SIDE : wide * tile.cols;
  return sizes.batch * Math.ceil(sizes.m / high) * Math.ceil(sizes.n / across);
}

/** Staged for large products; otherwise the largest tile that gives enough workgroups. */
export function chooseTile(sizes: ProductSizes): Tile {
  const staged: Tile = { rows: 4, cols: 4, staged: true };
  if (Math.min(sizes.m, sizes.n) > STAGED_SIDE / 2 && sizes.k >= 32 && workgroups(sizes, staged) >= ENOUGH) {
    return staged;
  }
  let tile: Tile = { rows: upTo4(sizes.m), cols: upTo4(sizes.n), staged: false };
  while (tile.rows * tile.cols > 1 && workgroups(sizes, tile) < ENOUGH) {
    tile = tile.rows >= tile.cols ? { ...tile, rows: half(tile.rows) } : { ...tile, cols: half(tile.cols) };
  }
  return tile;
}

/** Into how many parts the sums over k are split, so that small results with long sums still fill the GPU. */
export function chooseSplits(sizes: ProductSizes, tile: Tile): number {
  const wanted = Math.ceil(ENOUGH / Math.max(1, workgroups(sizes, tile)));
  return Math.max(1, Math.min(wanted, Math.floor(sizes.k / SPLIT)));
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
  const { m, n, k, batch } = sizes;
  const slabs = tile.staged ? `${shader.aAlongK ? "k" : "m"}${shader.bAlongK ? "k" : "n"}` : "direct";
  return {
    key: `${shader.name}/${tile.rows}${tile.cols}/${slabs}`,
    wgsl: () => productWgsl(shader, tile),
    words: [m, n, k, batch, splits, Math.ceil(k / splits), wideOf(sizes, tile), ...params],
    bindings,
    workgroups: grid(workgroups(sizes, tile) * splits),
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
function sumPartsDispatch(count: number, parts: number, offset: number): GpuDispatch {
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
