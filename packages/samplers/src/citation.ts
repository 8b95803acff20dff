/** Papers behind the methods, as data. */
import type { Citation } from "@ansatz/tensor";

/** Song, Meng & Ermon: deterministic and partly random sampling of a trained diffusion model. */
export const DDIM_PAPER: Citation = {
  title: "Denoising Diffusion Implicit Models",
  authors: "Jiaming Song, Chenlin Meng, Stefano Ermon",
  year: 2021,
  url: "https://arxiv.org/abs/2010.02502",
};

/** Ho, Jain & Abbeel: the linear schedule and ancestral sampling. */
export const DDPM_PAPER: Citation = {
  title: "Denoising Diffusion Probabilistic Models",
  authors: "Jonathan Ho, Ajay Jain, Pieter Abbeel",
  year: 2020,
  url: "https://arxiv.org/abs/2006.11239",
};

/** Nichol & Dhariwal: the cosine schedule. */
export const IMPROVED_DDPM_PAPER: Citation = {
  title: "Improved Denoising Diffusion Probabilistic Models",
  authors: "Alex Nichol, Prafulla Dhariwal",
  year: 2021,
  url: "https://arxiv.org/abs/2102.09672",
};

/** Liu, Ren, Lin & Zhao: pseudo numerical methods. */
export const PNDM_PAPER: Citation = {
  title: "Pseudo Numerical Methods for Diffusion Models on Manifolds",
  authors: "Luping Liu, Yi Ren, Zhijie Lin, Zhou Zhao",
  year: 2022,
  url: "https://arxiv.org/abs/2202.09778",
};

/** Lu et al.: exponential integrators for the noise prediction. */
export const DPM_SOLVER_PAPER: Citation = {
  title: "DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling in Around 10 Steps",
  authors: "Cheng Lu, Yuhao Zhou, Fan Bao, Jianfei Chen, Chongxuan Li, Jun Zhu",
  year: 2022,
  url: "https://arxiv.org/abs/2206.00927",
};

/** Lu et al.: exponential integrators for the data prediction. */
export const DPM_SOLVER_PLUS_PAPER: Citation = {
  title: "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models",
  authors: "Cheng Lu, Yuhao Zhou, Fan Bao, Jianfei Chen, Chongxuan Li, Jun Zhu",
  year: 2022,
  url: "https://arxiv.org/abs/2211.01095",
};

/** Song et al.: continuous-time schedules and the probability-flow equation. */
export const SCORE_SDE_PAPER: Citation = {
  title: "Score-Based Generative Modeling through Stochastic Differential Equations",
  authors: "Yang Song, Jascha Sohl-Dickstein, Diederik P. Kingma, Abhishek Kumar, Stefano Ermon, Ben Poole",
  year: 2021,
  url: "https://arxiv.org/abs/2011.13456",
};

/** Rombach et al.: the scaled-linear schedule. */
export const LATENT_DIFFUSION_PAPER: Citation = {
  title: "High-Resolution Image Synthesis with Latent Diffusion Models",
  authors: "Robin Rombach, Andreas Blattmann, Dominik Lorenz, Patrick Esser, Björn Ommer",
  year: 2022,
  url: "https://arxiv.org/abs/2112.10752",
};

/** Lin et al.: schedules that end in pure noise. */
export const ZERO_SNR_PAPER: Citation = {
  title: "Common Diffusion Noise Schedules and Sample Steps are Flawed",
  authors: "Shanchuan Lin, Bingchen Liu, Jiashi Li, Xiao Yang",
  year: 2024,
  url: "https://arxiv.org/abs/2305.08891",
};

/** Ho & Salimans: guidance by an unconditional prediction. */
export const GUIDANCE_PAPER: Citation = {
  title: "Classifier-Free Diffusion Guidance",
  authors: "Jonathan Ho, Tim Salimans",
  year: 2022,
  url: "https://arxiv.org/abs/2207.12598",
};

/** Saharia et al.: dynamic thresholding. */
export const IMAGEN_PAPER: Citation = {
  title: "Photorealistic Text-to-Image Diffusion Models with Deep Language Understanding",
  authors: "Chitwan Saharia, William Chan, Saurabh Saxena, et al.",
  year: 2022,
  url: "https://arxiv.org/abs/2205.11487",
};
