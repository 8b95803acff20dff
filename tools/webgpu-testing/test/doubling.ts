/** Runs `x ↦ 2x + 1` over 0 … n−1 in a compute shader. The same source runs under Dawn and in Chromium. */
export const DOUBLING = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> values: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&values)) { values[id.x] = 2.0 * values[id.x] + 1.0; }
}
`;

export async function doubling(device: GPUDevice, n: number): Promise<number[]> {
  const bytes = 4 * n;
  const module = device.createShaderModule({ code: DOUBLING });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const values = device.createBuffer({ size: bytes, usage: STORAGE | COPY_SRC | COPY_DST });
  const copy = device.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST });
  device.queue.writeBuffer(
    values,
    0,
    Float32Array.from({ length: n }, (_, i) => i),
  );

  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = [{ binding: 0, resource: { buffer: values } }];
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(Math.ceil(n / 64));
  pass.end();
  encoder.copyBufferToBuffer(values, 0, copy, 0, bytes);
  device.queue.submit([encoder.finish()]);

  await copy.mapAsync(GPUMapMode.READ);
  const result = [...new Float32Array(copy.getMappedRange())];
  copy.destroy();
  values.destroy();
  return result;
}
