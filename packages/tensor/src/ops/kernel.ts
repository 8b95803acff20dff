/** Kernels written once, as one function over the units of a problem, and run on every device. */
import type { JsOperand, Routine } from "../backend/backend.ts";
import { checkOptions, ShapeError } from "../errors.ts";
import { attrOf, defineOp, internAttr, type RoutineOp } from "../graph/op.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { scalarNode } from "../graph/record.ts";
import type { InputSpecs, TypeSpecs } from "../kernel/dsl/context.ts";
import { traceBody, type OperandShape } from "../kernel/dsl/trace.ts";
import { runProgram } from "../kernel/programInterp.ts";
import { optimizeProgram } from "../kernel/programOptimize.ts";
import { checkShape, internShape } from "../shape.ts";
import { checkAttrs, checkGradient, checkInputs, checkSpec } from "./kernelCheck.ts";
import { cpuPlan, gpuPlan, paramValues, product, type KernelAttr, type Variant } from "./kernelPlan.ts";
import type { AttrValues, KernelFunction, KernelSpec } from "./kernelTypes.ts";
import { recordRoutine } from "./routine.ts";
import { expandTo } from "./views.ts";

let serial = 0;

/**
 * Makes a kernel: a function from tensors to tensors whose elements are computed by `body`, which describes what one unit
 * of work does, with loops, branches, variables, and loads and stores at computed positions. It is written once and runs
 * as WebAssembly SIMD (neighbouring units share vectors, and threads divide the units among them), as a WebGPU shader, and
 * in plain JavaScript on device `js`, with the same bits on `js` and `cpu`.
 *
 * Rules of a body: an element of an output belongs to one unit, the only one that may write or read it; every element is
 * written; indices lie inside their buffers. Device `js` checks all three; other devices do not, and a kernel that breaks
 * them there reads or writes foreign memory. Try a new kernel on `js` first.
 *
 * The body runs when a kernel is first called for a choice of float type, number of loops and ranks of outputs; sizes and
 * attributes are parameters, so the compiled program serves every shape. Define kernels at the top of a module: every
 * definition is compiled on its own.
 * @throws ArgumentError when a definition or a body does not follow the rules
 */
export function defineKernel<
  const I extends InputSpecs,
  const O extends TypeSpecs,
  const A extends TypeSpecs = Readonly<Record<string, never>>,
>(spec: KernelSpec<I, O, A>): KernelFunction<I, O, A> {
  const plain = spec as unknown as KernelSpec<InputSpecs, TypeSpecs, TypeSpecs>;
  checkSpec(plain);
  const { name, inputs, attrs: attrTypes = {} } = plain;
  const inputNames = Object.keys(inputs);
  const outputNames = Object.keys(plain.outputs);
  const id = serial++;
  const variants = new Map<string, Variant>();

  const variantOf = ({ float, units, outputs }: KernelAttr): Variant => {
    const key = `${id} ${name} ${float} ${units.length} ${outputs.map((o) => o.shape.length).join()}`;
    let variant = variants.get(key);
    if (variant === undefined) {
      const operands: OperandShape[] = [
        ...Object.entries(inputs).map(([input, s]): OperandShape => {
          return typeof s === "string"
            ? { name: input, type: s, use: "input", rank: undefined }
            : { name: input, type: s.dtype, use: "input", rank: s.rank };
        }),
        ...outputNames.map((output, i): OperandShape => {
          return { name: output, type: plain.outputs[output].dtype, use: "output", rank: outputs[i].shape.length };
        }),
      ];
      const traced = traceBody({ name, float, dims: units.length, operands, attrs: attrTypes, body: plain.body });
      variant = { ...traced, key, staged: optimizeProgram(traced.program) };
      variants.set(key, variant);
    }
    return variant;
  };

  const routine: Routine = {
    name,
    js: (ins, outs, attr) => {
      const variant = variantOf(attr as KernelAttr);
      const all: readonly JsOperand[] = [...ins, ...outs];
      const names = [...inputNames, ...outputNames];
      runProgram(
        variant.program,
        (attr as KernelAttr).units,
        all.map(({ data, offset, shape }, i) => ({ name: names[i], data, offset, size: product(shape) })),
        paramValues(
          variant,
          all.map((o) => o.shape),
          attr as KernelAttr,
        ),
      );
    },
    cpu: (ins, outs, attr) => cpuPlan(variantOf(attr as KernelAttr), ins, outs, attr as KernelAttr),
    gpu: (ins, outs, attr) => gpuPlan(variantOf(attr as KernelAttr), ins, outs, attr as KernelAttr),
  };

  const { vjp } = plain;
  const op = defineOp<RoutineOp>({
    kind: "routine",
    name,
    schedule: lowerRoutine,
    routine,
    strided: inputNames.map(() => false),
    more: (node) => attrOf<KernelAttr>(node).outputs.slice(1),
    vjpAll:
      vjp === undefined
        ? undefined
        : (cotangents, node) => {
            const { outputs, attrs } = attrOf<KernelAttr>(node);
            const known = outputNames.map((output, i) => {
              const { shape, dtype } = outputs[i];
              return [
                output,
                cotangents[i] ?? expandTo(scalarNode(0, dtype, node.backend), internShape(shape)),
              ] as const;
            });
            const values = Object.fromEntries(
              Object.entries(attrs).map(([key, v]) => [key, attrTypes[key] === "bool" ? v !== 0 : v]),
            ) as AttrValues<TypeSpecs>;
            const call = { inputs: Object.fromEntries(inputNames.map((k, i) => [k, node.ins[i]])), attrs: values };
            const grads = vjp(Object.fromEntries(known), call);
            checkOptions(`${name}: vjp`, grads, inputNames);
            return inputNames.map((k, i) => checkGradient(name, k, grads[k] ?? null, node.ins[i]));
          },
  });

  const call = (given: Readonly<Record<string, unknown>>, attrs: Readonly<Record<string, unknown>> = {}) => {
    const values = checkAttrs(name, attrTypes, attrs);
    const { tensors, float } = checkInputs(name, inputs, given);
    const shapes = Object.fromEntries(inputNames.map((k, i) => [k, tensors[i].shape]));
    const typed = attrs as AttrValues<TypeSpecs>;
    const outputs = outputNames.map((output) => {
      const { dtype, shape } = plain.outputs[output];
      const { dims } = checkShape(`${name}: shape of ${output}`, shape(shapes, typed));
      return { shape: dims, dtype: dtype === "float" ? float : dtype };
    });
    const counted = plain.units(shapes, typed);
    const units = typeof counted === "number" ? [counted] : counted;
    if (units.length === 0) throw new ShapeError(`${name}: units must be a number or at least one size (got []).`);
    checkShape(`${name}: units`, units);
    const attr = internAttr<KernelAttr>({ float, units: [...units], outputs, attrs: values });
    // Mistakes in the body are reported by the call that shows them first, not when the result is read.
    variantOf(attr.value);
    const results = recordRoutine(op, tensors, outputs[0].shape, outputs[0].dtype, attr);
    return Object.fromEntries(outputNames.map((output, i) => [output, results[i]]));
  };
  return call as unknown as KernelFunction<I, O, A>;
}
