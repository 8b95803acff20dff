/** Reading a scheduler configuration of diffusers: defaults, allowed words, and what nobody asked for. */
import { ArgumentError } from "@ansatz/tensor";

/** A parsed `scheduler_config.json`. */
export type DiffusersConfig = Readonly<Record<string, unknown>>;

/** Keys of all scheduler classes of diffusers: shared configurations carry those of other classes along. */
const KEYS: ReadonlySet<string> = new Set(
  `algorithm_type base_image_seq_len base_shift beta_end beta_schedule beta_start clip_denoised clip_sample
  clip_sample_range corrector_order correct_steps disable_corrector dynamic_thresholding_ratio euler_at_final
  final_sigmas_type flow_shift interpolation_type invert_sigmas lambda_min_clipped lower_order_final max_image_seq_len
  max_shift num_train_timesteps original_inference_steps predict_x0 prediction_type predictor_order
  rescale_betas_zero_snr rho s s_noise sample_max_value sampling_eps scaler set_alpha_to_one shift shift_terminal
  sigma_data sigma_max sigma_min sigma_schedule skip_prk_steps snr snr_shift_scale solver_order solver_p solver_type
  steps_offset stochastic_sampling tau_func thresholding time_shift_type timestep_scaling timestep_spacing timestep_type
  trained_betas use_beta_sigmas use_dynamic_shifting use_exponential_sigmas use_flow_sigmas use_karras_sigmas
  use_lu_lambdas variance_type`.split(/\s+/),
);

/** Typed access to a configuration. It remembers which keys were read. */
export interface ConfigReader {
  readonly className: string;
  number(key: string, standard: number): number;
  /** A number, or null. */
  optional(key: string): number | null;
  flag(key: string, standard: boolean): boolean;
  word<T extends string>(key: string, standard: T, allowed: readonly T[]): T;
  list(key: string): readonly number[] | null;
  /** Throws where a feature is switched on that we do not have. */
  refuse(key: string, harmless: readonly unknown[], hint: string): void;
  /** Keys that the class does not have. */
  unread(): string[];
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ArgumentError(
      `${name}: the text is not JSON (got ${JSON.stringify(text.slice(0, 40))}: ${(error as SyntaxError).message}).`,
    );
  }
}

/** A reader of a configuration or its JSON text. */
export function configReader(name: string, source: DiffusersConfig | string): ConfigReader {
  const config: unknown = typeof source === "string" ? parsed(name, source) : source;
  if (typeof config !== "object" || config === null) {
    throw new ArgumentError(`${name}: not a configuration (got ${config === null ? "null" : typeof config}).`);
  }
  const values = config as DiffusersConfig;
  const unknown = Object.keys(values).find((key) => !key.startsWith("_") && !KEYS.has(key));
  if (unknown !== undefined) {
    throw new ArgumentError(
      `${name}: no scheduler class of diffusers has such a key (got ${JSON.stringify(unknown)}, expected one of ${[...KEYS].join(", ")}).`,
    );
  }
  const className = values["_class_name"];
  if (typeof className !== "string") {
    throw new ArgumentError(
      `${name}: the configuration does not name its class (got _class_name = ${String(className)}).`,
    );
  }
  const read = new Set<string>();
  const at = (key: string): unknown => {
    read.add(key);
    return values[key];
  };
  const wrong = (key: string, value: unknown, expected: string): ArgumentError =>
    new ArgumentError(
      `${name}: ${key} of ${className} is not understood (got ${JSON.stringify(value)}, expected ${expected}).`,
    );
  return {
    className,
    number(key, standard) {
      const value = at(key) ?? standard;
      if (typeof value !== "number" || Number.isNaN(value)) throw wrong(key, value, "a number");
      return value;
    },
    optional(key) {
      const value = at(key) ?? null;
      if (value !== null && typeof value !== "number") throw wrong(key, value, "a number or null");
      return value;
    },
    flag(key, standard) {
      const value = at(key) ?? standard;
      if (typeof value !== "boolean") throw wrong(key, value, "true or false");
      return value;
    },
    word(key, standard, allowed) {
      const value = at(key) ?? standard;
      const found = allowed.find((word) => word === value);
      if (found === undefined) throw wrong(key, value, `one of ${allowed.join(", ")}`);
      return found;
    },
    list(key) {
      const value = at(key) ?? null;
      if (value === null) return null;
      if (!Array.isArray(value) || value.some((v) => typeof v !== "number"))
        throw wrong(key, value, "a list of numbers");
      return value as number[];
    },
    refuse(key, harmless, hint) {
      const value = at(key) ?? null;
      if (value === null || harmless.some((h) => JSON.stringify(h) === JSON.stringify(value))) return;
      throw new ArgumentError(
        `${name}: ${key} of ${className} is not supported (got ${JSON.stringify(value)}). ${hint}`,
      );
    },
    unread: () => Object.keys(values).filter((key) => !key.startsWith("_") && !read.has(key)),
  };
}
