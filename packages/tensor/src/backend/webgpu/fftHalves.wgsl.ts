/** Splitting and joining the spectra of real signals on the GPU (see `fft/halves.ts`): one invocation per pair. */
import type { HalvesAttr } from "../../fft/halves.ts";
import type { GpuRoutine } from "../backend.ts";
import { f32Bits } from "./bits.ts";
import { grid } from "./grid.ts";

function halvesWgsl(to: HalvesAttr["to"]): string {
  const ends =
    to === "spectrum"
      ? `let a = load(source);
    output[place] = vec2<f32>(a.x + a.y, 0f);
    output[place + p.h] = vec2<f32>(a.x - a.y, 0f);`
      : `let a = load(source).x;
    let b = load(source + p.h).x;
    output[place] = vec2<f32>(a + b, a - b);`;
  return `struct Params { count: u32, pairs: u32, h: u32, source_row: u32, target_row: u32, input_offset: u32, output_offset: u32, factor: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> constants: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> output: array<vec2<f32>>;
fn load(k: u32) -> vec2<f32> { return vec2<f32>(input[p.input_offset + 2u * k], input[p.input_offset + 2u * k + 1u]); }
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) local: u32) {
  let at = (group.y * grid.x + group.x) * 256u + local;
  if (at >= p.count) { return; }
  let k = at % p.pairs;
  let row = at / p.pairs;
  let source = row * p.source_row;
  let place = p.output_offset + row * p.target_row;
  if (k == 0u) {
    ${ends}
    return;
  }
  let a = load(source + k);
  let b = load(source + p.h - k) * vec2<f32>(1f, -1f);
  let even = (a + b) * p.factor;
  let odd = (a - b) * p.factor;
  let u = constants[k];
  let turned = vec2<f32>(odd.x * u.x - odd.y * u.y, odd.x * u.y + odd.y * u.x);
  let other = even - turned;
  output[place + p.h - k] = vec2<f32>(other.x, -other.y);
  output[place + k] = even + turned;
}
`;
}

/** Inputs x [..., h or h + 1, 2] and the constants, contiguous and the latter whole; output [..., h + 1 or h, 2]. f32 only. */
export const halvesGpu: GpuRoutine = ([x], [y], attr) => {
  if (y.dtype !== "f32") return null;
  const { to, factor } = attr as HalvesAttr;
  const [from, into] = [x.shape.at(-2)!, y.shape.at(-2)!];
  const h = Math.min(from, into);
  const pairs = Math.floor(h / 2) + 1;
  const count = pairs * y.shape.slice(0, -2).reduce((a, b) => a * b, 1);
  return {
    temps: [],
    dispatches: [
      {
        key: `fftHalves ${to}`,
        wgsl: () => halvesWgsl(to),
        words: [count, pairs, h, from, into, x.offset, y.offset / 2, f32Bits(factor)],
        bindings: [{ input: 0 }, { input: 1 }, { output: 0 }],
        workgroups: grid(Math.ceil(count / 256)),
      },
    ],
  };
};
