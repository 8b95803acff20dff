/** Workgroup grids. */

/** Invocations of one workgroup in shaders that work on a flat index. */
export const WORKGROUP = 256;

/** WebGPU's smallest allowed limit on workgroups along one axis. */
const MOST = 65535;

/** `count` workgroups as a two-dimensional grid; the last row may be longer than needed. */
export function grid(count: number): [number, number, number] {
  if (count === 0) return [0, 0, 1];
  const rows = Math.ceil(count / MOST);
  return [Math.ceil(count / rows), rows, 1];
}
