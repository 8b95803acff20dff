/** How samplers are called in reports. */

/** `dpm-solver++-2m` as `DPM-Solver++ 2M`, `unipc-2` as `UniPC 2`, `plms` as `PLMS`. */
export function samplerLabel(name: string): string {
  if (name.startsWith("unipc-")) return `UniPC ${name.slice("unipc-".length)}`;
  if (!name.startsWith("dpm-solver")) return name.toUpperCase().replace("-ETA", ", η = 1");
  const rest = name.slice("dpm-solver".length).replace(/^(\+*)-/, "$1 ");
  return `DPM-Solver${rest.replace(/\d\w$/, (order) => order.toUpperCase())}`;
}
