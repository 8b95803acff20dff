/** The network of deep conjugate directions: output, loss, gradients and the iteration that it drives. */
import { directionNet, directionOf, type DirectionNetParams } from "@ansatz/nn";
import { deepConjugateDirections, directionLoss, iterateLinear, poissonOperator } from "@ansatz/optim/linear";
import { mean, reshape, slice, stack, tensor, valueAndGrad, type NestedArray, type Tensor } from "@ansatz/tensor";
import { absolute, expectClose, unknownSections, type GoldenCase } from "@ansatz/golden";
import { hashed } from "../support/hashed.ts";
import { flat, type Nested } from "./operations.ts";

const KIND = "deep conjugate directions network";

interface Section {
  readonly N: number;
  readonly weights: readonly Nested[];
  readonly architecture: string;
  readonly batch: string;
  readonly output_seed1: Nested;
  readonly alphas: readonly number[];
  readonly loss: number;
  readonly grads: readonly Nested[];
  readonly dcdm_rhs: string;
  readonly dcdm_residuals: readonly number[];
}

const ARCHITECTURE =
  "h=conv3x3(r) zero pad, no bias; h=h+relu(conv3x3(relu(h))); p=nearest upsample 2x of average pool 2x2 of h; output conv1x1(h+p)";

function must(what: string, got: string, expected: RegExp): string {
  const found = expected.exec(got);
  if (found === null) throw new Error(`${what}: this reader does not know ${JSON.stringify(got)}`);
  return found[1];
}

/** Everything that the section is about. */
function setUp(section: Section) {
  if (section.architecture !== ARCHITECTURE) throw new Error(`unknown architecture ${section.architecture}`);
  const { N } = section;
  const [lift, block, head] = section.weights.map((w) => tensor(w as NestedArray, { dtype: "f64" }) as Tensor);
  if (section.weights.length !== 3) throw new Error(`got ${section.weights.length} weights, expected 3`);
  const net = directionNet({
    channels: lift.shape[0],
    levels: 2,
    before: 1,
    after: 0,
    bottom: 0,
    block: "single",
    upsampling: "nearest",
  });
  const params: DirectionNetParams = {
    lift: { weight: lift },
    levels: [{ before: [[{ weight: block }]], after: [] }],
    bottom: [],
    head: { weight: head },
  };
  const seeds = must("batch", section.batch, /^hash vectors seeds ([\d,]+) each divided by its norm$/);
  const batch = stack(
    seeds.split(",").map((seed) => {
      const b = hashed(N * N, Number(seed));
      const norm = Math.hypot(...b);
      return tensor(
        b.map((v) => v / norm),
        { shape: [N, N] },
      ) as Tensor;
    }),
  );
  const operator = poissonOperator({ size: N, dtype: "f64" });
  const apply = (x: Tensor): Tensor =>
    stack(Array.from({ length: x.shape[0] }, (_, i) => operator.apply(reshape(slice(x, [i]), [N, N]))));
  return { N, net, params, batch, operator, apply };
}

/** The part of a file under `dcdm_net`. */
export function directionNetwork(section: Section, tolerance: number): GoldenCase[] {
  const of = (name: string, run: () => Promise<void>): GoldenCase => ({ name, kind: KIND, run });
  return [
    of("output", async () => {
      const { net, params, batch } = setUp(section);
      const output = slice(net.apply(params, batch), [0]);
      expectClose("output", await output.data(), flat(section.output_seed1), absolute(tolerance));
    }),
    of("loss, step lengths and gradients", async () => {
      const { net, params, batch, apply } = setUp(section);
      const { alpha } = directionLoss(apply, batch, net.apply(params, batch));
      expectClose("alpha", await alpha.data(), section.alphas, absolute(tolerance));
      const { value, grad } = valueAndGrad((p: DirectionNetParams) =>
        mean(directionLoss(apply, batch, net.apply(p, batch)).loss),
      )(params);
      expectClose("loss", await value.data(), [section.loss], absolute(tolerance));
      const { lift, levels, head } = grad;
      for (const [i, g] of [lift, levels[0].before[0][0], head].entries()) {
        expectClose(`gradient ${i}`, await g.weight.data(), flat(section.grads[i]), absolute(tolerance));
      }
    }),
    of("iteration", async () => {
      const { N, net, params, operator } = setUp(section);
      const seed = Number(must("right-hand side", section.dcdm_rhs, /^hash seed (\d+)$/));
      const b = hashed(N * N, seed);
      const rhs = tensor(b, { shape: [N, N] }) as Tensor;
      const solver = deepConjugateDirections({ direction: directionOf(net, params), safeguard: false });
      const maxIterations = section.dcdm_residuals.length - 1;
      const found = [1];
      for await (const state of iterateLinear(solver, { operator, rhs }, { maxIterations, tolerance: 0 })) {
        if (state.iteration === found.length) found.push(state.residualNorm / Math.hypot(...b));
      }
      expectClose("residuals", found, section.dcdm_residuals, absolute(tolerance));
    }),
    ...unknownSections(section, [
      "N",
      "weights",
      "architecture",
      "batch",
      "output_seed1",
      "alphas",
      "loss",
      "grads",
      "dcdm_rhs",
      "dcdm_residuals",
    ]),
  ];
}
