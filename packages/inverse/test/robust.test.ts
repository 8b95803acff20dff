/** Every algorithm ends with a finite image and a status, or an error that names it, whatever it is given. */
import {
  algorithms,
  evenAngles,
  parallelBeam,
  projector,
  reconstruct,
  type ReconstructionResult,
} from "@ansatz/inverse";
import { add, AnsatzError, mul, reshape, sum, tensor, zeros, type Tensor } from "@ansatz/tensor";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { key, uniform } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { read } from "./reader/common.ts";

const geometry = parallelBeam({
  image: { rows: 8, columns: 8, pixel: 0.25 },
  angles: evenAngles(5),
  detectors: 11,
  spacing: 0.25,
});
const good = projector(geometry, { dtype: "f64" });
const { domain, range } = good;
const data = good.apply(uniform(key(1), domain, { dtype: "f64" }));

/** `x -> sum(x) u`: it sees one number of an image, and `A* y = <u, y>` everywhere. */
const direction = uniform(key(2), range, { dtype: "f64" });
const wanting: Readonly<Record<string, LinearOperator>> = {
  "an operator that is zero": linearOperator({
    domain,
    range,
    dtype: "f64",
    apply: (x) => add(zeros(range, { dtype: "f64" }), mul(sum(x), 0)),
    adjoint: (y) => add(zeros(domain, { dtype: "f64" }), mul(sum(y), 0)),
  }),
  "an operator of rank one": linearOperator({
    domain,
    range,
    dtype: "f64",
    apply: (x) => mul(direction, sum(x)),
    adjoint: (y) => add(zeros(domain, { dtype: "f64" }), sum(mul(direction, y))),
  }),
  "an operator whose values are not finite": linearOperator({
    domain,
    range,
    dtype: "f64",
    apply: (x) => mul(good.apply(x), NaN),
    adjoint: (y) => mul(good.adjoint(y), NaN),
  }),
};

const STATUSES = ["converged", "discrepancy", "max-iterations", "diverged", "breakdown", "non-finite"];

/** What became of a run; errors are results, too, where they are ours. */
async function outcome(
  create: (typeof algorithms)[number]["create"],
  operator: LinearOperator,
  values: Tensor,
): Promise<ReconstructionResult | AnsatzError> {
  try {
    return await reconstruct(create(geometry, "f64"), { operator, data: values }, { maxIterations: 4 });
  } catch (error) {
    if (error instanceof AnsatzError) return error;
    throw error;
  }
}

describe.each(algorithms)("$name", ({ create }) => {
  const { name } = create(geometry, "f64");

  test.each(Object.keys(wanting))("%s", async (kind) => {
    const result = await outcome(create, wanting[kind], data);
    if (result instanceof AnsatzError) {
      expect(result.message).toMatch(/^\w[\w-]*: .* \(got /);
      return;
    }
    expect(STATUSES).toContain(result.status);
    expect(result.message).toMatch(new RegExp(`^${name} `));
    for (const value of await read(result.value)) expect(value).toSatisfy(Number.isFinite);
    if (kind.includes("not finite")) expect(result.status).toBe("non-finite");
    else for (const { residualNorm } of result.history) expect(residualNorm).toSatisfy(Number.isFinite);
  });

  test("data of zeros", async () => {
    const result = await outcome(create, good, mul(data, 0));
    expect(result).not.toBeInstanceOf(AnsatzError);
    const { status, value, history } = result as ReconstructionResult;
    expect(STATUSES.slice(0, 3)).toContain(status);
    for (const v of await read(value)) expect(v).toSatisfy(Number.isFinite);
    for (const { residualNorm } of history) expect(residualNorm).toSatisfy(Number.isFinite);
  });

  test.each([
    ["NaN", /data is not finite \(got norm NaN/, add(data, tensor(NaN, { dtype: "f64" }))],
    ["infinities", /data is not finite \(got norm Infinity/, add(data, tensor(Infinity, { dtype: "f64" }))],
    ["another shape", /data has another shape \(got \[11,5\], expected \[5,11\]/, reshape(data, [11, 5])],
    ["another number of axes", /data has another shape \(got \[55\]/, reshape(data, [55])],
  ])("data with %s", async (_, message, values) => {
    const result = await outcome(create, good, values);
    expect(result).toBeInstanceOf(AnsatzError);
    expect((result as AnsatzError).message).toMatch(message);
    expect((result as AnsatzError).message.startsWith(name)).toBe(true);
  });
});
