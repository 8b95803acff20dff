/** Sets every word of a buffer to one value. Parameters: number of words, the value's bits. */
export const FILL_WGSL = `struct Params { count: u32, bits: u32, pad0: u32, pad1: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> data: array<u32>;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) local: u32) {
  let at = (group.y * grid.x + group.x) * 256u + local;
  if (at < params.count) { data[at] = params.bits; }
}
`;
