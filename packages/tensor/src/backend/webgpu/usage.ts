/** WebGPU's flag constants, which exist as globals only where the platform provides them. Source: WebGPU, section 5.1. */

/** `GPUBufferUsage` */
export const BUFFER = {
  MAP_READ: 0x1,
  COPY_SRC: 0x4,
  COPY_DST: 0x8,
  UNIFORM: 0x40,
  STORAGE: 0x80,
  QUERY_RESOLVE: 0x200,
} as const;

/** `GPUMapMode.READ` */
export const MAP_READ = 0x1;

/** `GPUShaderStage.COMPUTE` */
export const COMPUTE = 0x4;
