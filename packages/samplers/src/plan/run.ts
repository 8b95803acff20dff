/** Running a plan on tensors. */
import { ArgumentError, InternalError, scope, type Tensor } from "@ansatz/tensor";
import { checkOutput } from "../predictions/denoiser.ts";
import type { Level } from "../level.ts";
import type { BeginOptions, ModelCall, Run, RunState } from "../samplers/base.ts";
import { linear } from "./linear.ts";
import { checkSignal, noiseSource } from "./start.ts";
import type { Evaluate, Finish, Plan } from "./plan.ts";

/** Starts a plan at its first instruction. */
export function startPlan(name: string, plan: Plan, level: Level, x: Tensor, options: BeginOptions = {}): Run {
  checkSignal(name, x);
  const values = new Map([[0, x]]);
  plan.inputs.forEach((input, i) => {
    const tensor = options.inputs?.[input];
    checkOutput(`${name}: input ${input}`, tensor, x);
    values.set(i + 1, tensor as Tensor);
  });
  return runPlan(name, plan, level, { position: 0, evaluations: 0, values, foreign: [...values.values()] }, options);
}

/** Continues a plan from a saved state. */
export function resumePlan(name: string, plan: Plan, level: Level, state: RunState, options: BeginOptions = {}): Run {
  const position = state.position.instruction;
  if (
    state.sampler !== name ||
    !(Number.isInteger(position) && position >= 0 && position <= plan.instructions.length)
  ) {
    throw new ArgumentError(
      `${name}: the state does not belong to this run (got sampler ${JSON.stringify(state.sampler)} at instruction ` +
        `${String(position)}, expected ${JSON.stringify(name)} with 0 to ${plan.instructions.length}).`,
    );
  }
  const values = new Map<number, Tensor>();
  for (let value = 0; value < plan.values; value++) {
    const needed = bornBefore(plan, value, position) && plan.lastUse[value] >= position;
    const tensor = state.tensors[String(value)];
    if (needed && tensor === undefined) {
      throw new ArgumentError(
        `${name}: the state lacks a tensor (got none for value ${value}). Save and load all of it.`,
      );
    }
    if (tensor !== undefined) values.set(value, checkSignal(name, tensor));
  }
  return runPlan(name, plan, level, { position, evaluations: state.evaluations, values, foreign: [] }, options);
}

function bornBefore(plan: Plan, value: number, position: number): boolean {
  if (value <= plan.inputs.length) return true;
  return plan.instructions.findIndex((i) => "into" in i && i.into === value) < position;
}

interface Progress {
  readonly position: number;
  readonly evaluations: number;
  readonly values: Map<number, Tensor>;
  /** The initial signal and inputs of the caller, which a run never disposes. */
  readonly foreign: readonly Tensor[];
}

function runPlan(name: string, plan: Plan, firstLevel: Level, progress: Progress, options: BeginOptions): Run {
  const { instructions } = plan;
  const { values, foreign } = progress;
  const deaths = instructions.map((): number[] => []);
  plan.lastUse.forEach((i, value) => {
    if (i >= 0 && i < instructions.length) deaths[i].push(value);
  });
  const draw = plan.noisy ? noiseSource(name, options) : null;
  let { position, evaluations } = progress;
  let last = lastFinish(plan, position);
  let previous: Tensor | null = null;
  let denoised: Tensor | null = null;
  let released = false;

  const held = (value: number): Tensor => {
    const tensor = values.get(value);
    if (tensor === undefined) throw new InternalError(`${name}: value ${value} is not there.`);
    return tensor;
  };
  const free = (tensor: Tensor | null): void => {
    if (tensor !== null && !foreign.includes(tensor)) tensor.dispose();
  };
  const current = (): Tensor => held(last === null ? 0 : last.x);
  // What a finished step no longer needs stays until the next call: `denoised` may still be computed from it.
  let remains: Tensor[] = [];
  const clearStep = (): void => {
    denoised?.dispose();
    remains.forEach(free);
    remains = [];
    denoised = previous = null;
  };
  const bury = (at: number): Tensor[] =>
    deaths[at].map((value) => {
      const tensor = held(value);
      values.delete(value);
      return tensor;
    });
  const advance = (): void => {
    for (; position < instructions.length; position++) {
      const instruction = instructions[position];
      switch (instruction.op) {
        case "evaluate":
          return;
        case "noise":
          values.set(instruction.into, (draw as NonNullable<typeof draw>)(instruction, current()));
          break;
        case "combine":
          // Evaluated at once: its terms may be gone when it is used again.
          values.set(instruction.into, linear(instruction.terms.map(([c, value]) => [c, held(value)])).eval());
          bury(position).forEach(free);
          break;
        case "transform": {
          const { arguments: from, compute } = instruction;
          values.set(instruction.into, scope(() => compute.tensor(...from.map(held))).eval());
          bury(position).forEach(free);
          break;
        }
        case "finish":
          // A step of length zero leaves what the step before it produced.
          if (instruction.x === last?.x) {
            last = instruction;
            break;
          }
          clearStep();
          previous = current();
          if (instruction.denoised.length > 0) denoised = linear(instruction.denoised.map(([c, v]) => [c, held(v)]));
          last = instruction;
          remains = bury(position);
          break;
      }
    }
  };
  const due = (): Evaluate => {
    if (released) throw new ArgumentError(`${name}: the run was released (got another call, expected none).`);
    const instruction = instructions[position];
    if (instruction?.op !== "evaluate") {
      throw new ArgumentError(`${name}: the run is complete (got another call, expected none). Check \`done\` first.`);
    }
    return instruction;
  };

  const end = (keep: Tensor | null): void => {
    released = true;
    for (const tensor of [denoised, ...remains, ...values.values()]) if (tensor !== keep) free(tensor);
    previous = denoised = null;
    remains = [];
    values.clear();
  };

  advance();
  return {
    get done() {
      return position === instructions.length;
    },
    get status() {
      return position === instructions.length ? "completed" : "running";
    },
    get step() {
      return last === null ? 0 : last.step;
    },
    steps: plan.steps,
    rejected: 0,
    get evaluations() {
      return evaluations;
    },
    get x() {
      return current();
    },
    get level() {
      return last === null ? firstLevel : last.level;
    },
    get denoised() {
      return denoised;
    },
    get previous() {
      return previous;
    },
    needs(): ModelCall {
      const { x, level, predict } = due();
      clearStep();
      return { x: held(x), level, predict, step: last === null ? 0 : last.step, evaluation: evaluations };
    },
    give(output: Tensor): void {
      const { x, into } = due();
      checkOutput(name, output, held(x));
      // A model that hands back its input, or an output it gave before, must not make the run free it twice.
      const shared = [...values.values()].includes(output);
      values.set(into, (shared ? linear([[1, output]]) : output).eval());
      evaluations++;
      bury(position).forEach(free);
      position++;
      advance();
    },
    state(): RunState {
      const tensors: Record<string, Tensor> = {};
      for (const [value, tensor] of values) tensors[String(value)] = tensor;
      return {
        sampler: name,
        position: { instruction: position },
        step: last === null ? 0 : last.step,
        evaluations,
        tensors,
      };
    },
    release(keep: Tensor = current()): Tensor {
      end(keep);
      return keep;
    },
    dispose(): void {
      end(null);
    },
  };
}

function lastFinish(plan: Plan, position: number): Finish | null {
  for (let i = position - 1; i >= 0; i--) {
    const instruction = plan.instructions[i];
    if (instruction.op === "finish") return instruction;
  }
  return null;
}
