/** The product with four-bit weights on the GPU: an invocation computes one element, eight codes per word. */
import type { GpuRoutine } from "../backend/backend.ts";
import { grid, WORKGROUP } from "../backend/webgpu/grid.ts";
import type { Int4Attr } from "./oracle.ts";

const TEXT = `struct Params { m: u32, n: u32, k: u32, group: u32, x_at: u32, codes_at: u32, scale_at: u32, zero_at: u32, y_at: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> codes: array<u32>;
@group(0) @binding(3) var<storage, read> scale: array<f32>;
@group(0) @binding(4) var<storage, read> zero: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) local: u32) {
  let at = (group.y * grid.x + group.x) * ${WORKGROUP}u + local;
  if (at >= p.m * p.n) { return; }
  let row = at / p.n;
  let column = at % p.n;
  let groups = p.k / p.group;
  var total = 0.0;
  for (var g = 0u; g < groups; g++) {
    var products = 0.0;
    var inputs = 0.0;
    for (var i = g * p.group; i < (g + 1u) * p.group; i += 8u) {
      let word = codes[p.codes_at + column * (p.k / 8u) + i / 8u];
      for (var j = 0u; j < 8u; j++) {
        let value = x[p.x_at + row * p.k + i + j];
        products += value * f32(extractBits(word, 4u * j, 4u));
        inputs += value;
      }
    }
    let place = column * groups + g;
    total += scale[p.scale_at + place] * (products - zero[p.zero_at + place] * inputs);
  }
  y[p.y_at + at] = total;
}
`;

/** Inputs x [m, k], codes [n, k/8], scales and zero points [n, k/group]; output [m, n]. */
export const int4Gpu: GpuRoutine = ([x, codes, scale, zero], [y], attr) => {
  const { group } = attr as Int4Attr;
  const [m, k] = x.shape;
  const [n] = codes.shape;
  return {
    temps: [],
    dispatches: [
      {
        key: "int4",
        wgsl: () => TEXT,
        words: [m, n, k, group, x.offset, codes.offset, scale.offset, zero.offset, y.offset],
        bindings: [{ input: 0 }, { input: 1 }, { input: 2 }, { input: 3 }, { output: 0 }],
        workgroups: grid(Math.ceil((m * n) / WORKGROUP)),
      },
    ],
  };
};
