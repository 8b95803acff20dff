/** Papers and specifications behind the methods, as data. */
import type { Citation } from "@ansatz/tensor";

/** Bit-exact rules of integer quantisation. */
export const ONNX_OPERATORS: Citation = {
  title: "ONNX Operators: QuantizeLinear and DequantizeLinear",
  authors: "ONNX contributors",
  year: 2024,
  url: "https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html",
};

/** Micikevicius et al.: E4M3 and E5M2. */
export const FP8_PAPER: Citation = {
  title: "FP8 Formats for Deep Learning",
  authors: "Paulius Micikevicius et al.",
  year: 2022,
  url: "https://arxiv.org/abs/2209.05433",
};

/** Rouhani et al.: blocks that share a power of two. */
export const MX_PAPER: Citation = {
  title: "Microscaling Data Formats for Deep Learning",
  authors: "Bita Darvish Rouhani et al.",
  year: 2023,
  url: "https://arxiv.org/abs/2310.10537",
};

/** Dettmers et al.: NF4. */
export const QLORA_PAPER: Citation = {
  title: "QLoRA: Efficient Finetuning of Quantized LLMs",
  authors: "Tim Dettmers, Artidoro Pagnoni, Ari Holtzman, Luke Zettlemoyer",
  year: 2023,
  url: "https://arxiv.org/abs/2305.14314",
};

/** NVIDIA's four-bit format. */
export const NVFP4_REPORT: Citation = {
  title: "Pretraining Large Language Models with NVFP4",
  authors: "NVIDIA",
  year: 2025,
  url: "https://arxiv.org/abs/2509.25149",
};

/** The reference quantisers of GGUF blocks. */
export const GGML: Citation = {
  title: "ggml: Tensor library for machine learning",
  authors: "Georgi Gerganov and ggml contributors",
  year: 2023,
  url: "https://github.com/ggml-org/ggml",
};

/** Shang et al.: calibration over time steps. */
export const PTQ4DM_PAPER: Citation = {
  title: "Post-training Quantization on Diffusion Models",
  authors: "Yuzhang Shang, Zhihang Yuan, Bin Xie, Bingzhe Wu, Yan Yan",
  year: 2023,
  url: "https://arxiv.org/abs/2211.15736",
};

/** Migacz: entropy calibration. */
export const ENTROPY_TALK: Citation = {
  title: "8-bit Inference with TensorRT",
  authors: "Szymon Migacz",
  year: 2017,
  url: "https://on-demand.gputechconf.com/gtc/2017/presentation/s7310-8-bit-inference-with-tensorrt.pdf",
};

/** Frantar et al.: error feedback from column to column. */
export const GPTQ_PAPER: Citation = {
  title: "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers",
  authors: "Elias Frantar, Saleh Ashkboos, Torsten Hoefler, Dan Alistarh",
  year: 2023,
  url: "https://arxiv.org/abs/2210.17323",
};

/** Behdin et al.: coordinate descent on the codes. */
export const QUANTEASE_PAPER: Citation = {
  title: "QuantEase: Optimization-based Quantization for Language Models",
  authors: "Kayhan Behdin, Ayan Acharya, Aman Gupta, Qingquan Song, Siyu Zhu, Sathiya Keerthi, Rahul Mazumder",
  year: 2023,
  url: "https://arxiv.org/abs/2309.01885",
};

/** Learning to round up or down. */
export const ADAROUND_PAPER: Citation = {
  title: "Up or Down? Adaptive Rounding for Post-Training Quantization",
  authors: "Markus Nagel, Rana Ali Amjad, Mart van Baalen, Christos Louizos, Tijmen Blankevoort",
  year: 2020,
  url: "https://arxiv.org/abs/2004.10568",
};
