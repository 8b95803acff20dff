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

/** Karras et al.: the design of samplers in terms of sigma. */
export const EDM_PAPER: Citation = {
  title: "Elucidating the Design Space of Diffusion-Based Generative Models",
  authors: "Tero Karras, Miika Aittala, Timo Aila, Samuli Laine",
  year: 2022,
  url: "https://arxiv.org/abs/2206.00364",
};

/** Zhao et al.: a predictor and a corrector of any order. */
export const UNIPC_PAPER: Citation = {
  title: "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models",
  authors: "Wenliang Zhao, Lujia Bai, Yongming Rao, Jie Zhou, Jiwen Lu",
  year: 2023,
  url: "https://arxiv.org/abs/2302.04867",
};

/** Zhang & Chen: multistep exponential integrators, and iPNDM. */
export const DEIS_PAPER: Citation = {
  title: "Fast Sampling of Diffusion Models with Exponential Integrator",
  authors: "Qinsheng Zhang, Yongxin Chen",
  year: 2023,
  url: "https://arxiv.org/abs/2204.13902",
};

/** Hairer, Nørsett & Wanner: linear multistep methods with variable steps. */
export const MULTISTEP_BOOK: Citation = {
  title: "Solving Ordinary Differential Equations I: Nonstiff Problems, chapter III.5",
  authors: "Ernst Hairer, Syvert P. Nørsett, Gerhard Wanner",
  year: 1993,
  url: "https://doi.org/10.1007/978-3-540-78862-1",
};

/** Zhang et al.: exact inversion by bi-directional integration. */
export const BDIA_PAPER: Citation = {
  title: "Exact Diffusion Inversion via Bi-directional Integration Approximation",
  authors: "Guoqiang Zhang, J. P. Lewis, W. Bastiaan Kleijn",
  year: 2023,
  url: "https://arxiv.org/abs/2307.10829",
};

/** Wizadwongsa et al.: momentum against divergence artefacts. */
export const MOMENTUM_PAPER: Citation = {
  title: "Diffusion Sampling with Momentum for Mitigating Divergence Artifacts",
  authors: "Suttisak Wizadwongsa, Worameth Chinchuthakun, Pramook Khungurn, Amit Raj, Supasorn Suwajanakorn",
  year: 2023,
  url: "https://arxiv.org/abs/2307.11118",
};

/** Liu et al.: a space of solver schedules, and searching it. */
export const USF_PAPER: Citation = {
  title: "A Unified Sampling Framework for Solver Searching of Diffusion Probabilistic Models",
  authors: "Enshu Liu, Xuefei Ning, Huazhong Yang, Yu Wang",
  year: 2023,
  url: "https://arxiv.org/abs/2312.07243",
};

/** Li et al.: fast samplers for mean-reverting diffusion. */
export const MRS_PAPER: Citation = {
  title: "MaRS: A Fast Sampler for Mean Reverting Diffusion based on ODE and SDE Solvers",
  authors: "Ao Li, Wei Fang, Hongbo Zhao, Le Lu, Ge Yang, Minfeng Xu",
  year: 2025,
  url: "https://arxiv.org/abs/2502.07856",
};

/** Luo et al.: image restoration by a mean-reverting equation. */
export const IR_SDE_PAPER: Citation = {
  title: "Image Restoration with Mean-Reverting Stochastic Differential Equations",
  authors: "Ziwei Luo, Fredrik K. Gustafsson, Zheng Zhao, Jens Sjölund, Thomas B. Schön",
  year: 2023,
  url: "https://arxiv.org/abs/2301.11699",
};

/** Wang et al.: a Levenberg-Marquardt correction of the noise direction. */
export const LML_PAPER: Citation = {
  title:
    "Unleashing High-Quality Image Generation in Diffusion Sampling Using Second-Order Levenberg-Marquardt-Langevin",
  authors:
    "Fangyikang Wang, Hubery Yin, Lei Qian, Yinan Li, Shaobin Zhuang, Huminhao Zhu, Yilin Zhang, Yanlong Tang, Chao Zhang, Hanbin Zhao, Hui Qian, Chen Li",
  year: 2025,
  url: "https://arxiv.org/abs/2505.24222",
};

/** Lipman et al.: straight paths from noise to data. */
export const FLOW_MATCHING_PAPER: Citation = {
  title: "Flow Matching for Generative Modeling",
  authors: "Yaron Lipman, Ricky T. Q. Chen, Heli Ben-Hamu, Maximilian Nickel, Matt Le",
  year: 2023,
  url: "https://arxiv.org/abs/2210.02747",
};

export const CONSISTENCY_PAPER: Citation = {
  title: "Consistency Models",
  authors: "Yang Song, Prafulla Dhariwal, Mark Chen, Ilya Sutskever",
  year: 2023,
  url: "https://arxiv.org/abs/2303.01469",
};
