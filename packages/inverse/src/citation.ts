/** Papers behind the methods, as data. */
import type { Citation } from "@ansatz/tensor";

/** A citation. */
export const paper = (authors: string, year: number, title: string, url: string): Citation => ({
  title,
  authors,
  year,
  url,
});

/** Landweber: gradient descent for integral equations. */
export const LANDWEBER_PAPER: Citation = /*@__PURE__*/ paper(
  "Louis Landweber",
  1951,
  "An Iteration Formula for Fredholm Integral Equations of the First Kind",
  "https://doi.org/10.2307/2372313",
);
/** Gilbert: SIRT. */
export const SIRT_PAPER: Citation = /*@__PURE__*/ paper(
  "Peter Gilbert",
  1972,
  "Iterative methods for the three-dimensional reconstruction of an object from projections",
  "https://doi.org/10.1016/0022-5193(72)90180-4",
);
/** Andersen and Kak: SART. */
export const SART_PAPER: Citation = /*@__PURE__*/ paper(
  "Anders H. Andersen, Avinash C. Kak",
  1984,
  "Simultaneous Algebraic Reconstruction Technique (SART): A superior implementation of the ART algorithm",
  "https://doi.org/10.1016/0161-7346(84)90008-7",
);
/** Kaczmarz: projections on one equation after the other. */
export const KACZMARZ_PAPER: Citation = /*@__PURE__*/ paper(
  "Stefan Kaczmarz",
  1937,
  "Angenäherte Auflösung von Systemen linearer Gleichungen",
  "https://faculty.sites.iastate.edu/esweber/files/inline-files/KaczmarzEnglishTranslation1937.pdf",
);
/** Shepp and Vardi: MLEM. */
export const MLEM_PAPER: Citation = /*@__PURE__*/ paper(
  "Lawrence A. Shepp, Yehuda Vardi",
  1982,
  "Maximum Likelihood Reconstruction for Emission Tomography",
  "https://doi.org/10.1109/TMI.1982.4307558",
);
/** Hudson and Larkin: OSEM. */
export const OSEM_PAPER: Citation = /*@__PURE__*/ paper(
  "H. Malcolm Hudson, Richard S. Larkin",
  1994,
  "Accelerated image reconstruction using ordered subsets of projection data",
  "https://doi.org/10.1109/42.363108",
);
/** Beck and Teboulle: FISTA. */
export const FISTA_PAPER: Citation = /*@__PURE__*/ paper(
  "Amir Beck, Marc Teboulle",
  2009,
  "A Fast Iterative Shrinkage-Thresholding Algorithm for Linear Inverse Problems",
  "https://doi.org/10.1137/080716542",
);
/** Chambolle and Pock: the primal-dual method. */
export const CHAMBOLLE_POCK_PAPER: Citation = /*@__PURE__*/ paper(
  "Antonin Chambolle, Thomas Pock",
  2011,
  "A First-Order Primal-Dual Algorithm for Convex Problems with Applications to Imaging",
  "https://doi.org/10.1007/s10851-010-0251-1",
);
/** Boyd and others: ADMM. */
export const ADMM_PAPER: Citation = /*@__PURE__*/ paper(
  "Stephen Boyd, Neal Parikh, Eric Chu, Borja Peleato, Jonathan Eckstein",
  2011,
  "Distributed Optimization and Statistical Learning via the Alternating Direction Method of Multipliers",
  "https://doi.org/10.1561/2200000016",
);
/** Afonso, Bioucas-Dias and Figueiredo: C-SALSA. */
export const CSALSA_PAPER: Citation = /*@__PURE__*/ paper(
  "Manya V. Afonso, Jose M. Bioucas-Dias, Mario A. T. Figueiredo",
  2011,
  "An Augmented Lagrangian Approach to the Constrained Optimization Formulation of Imaging Inverse Problems",
  "https://doi.org/10.1109/TIP.2010.2076294",
);
/** Rudin, Osher and Fatemi: total variation. */
export const TV_PAPER: Citation = /*@__PURE__*/ paper(
  "Leonid I. Rudin, Stanley Osher, Emad Fatemi",
  1992,
  "Nonlinear total variation based noise removal algorithms",
  "https://doi.org/10.1016/0167-2789(92)90242-F",
);
/** Beck and Teboulle: the dual method for total variation. */
export const TV_DUAL_PAPER: Citation = /*@__PURE__*/ paper(
  "Amir Beck, Marc Teboulle",
  2009,
  "Fast Gradient-Based Algorithms for Constrained Total Variation Image Denoising and Deblurring Problems",
  "https://doi.org/10.1109/TIP.2009.2028250",
);
/** Combettes and Pesquet: proximal maps. */
export const PROXIMAL_PAPER: Citation = /*@__PURE__*/ paper(
  "Patrick L. Combettes, Jean-Christophe Pesquet",
  2011,
  "Proximal Splitting Methods in Signal Processing",
  "https://doi.org/10.1007/978-1-4419-9569-8_10",
);
/** Chen and others: ensembles with weights along the denoising equation. */
export const AFDPS_PAPER: Citation = /*@__PURE__*/ paper(
  "Haoxuan Chen, Yinuo Ren, Martin Renqiang Min, Lexing Ying, Zachary Izzo",
  2025,
  "Solving Inverse Problems via Diffusion-Based Priors: An Approximation-Free Ensemble Sampling Approach",
  "https://arxiv.org/abs/2506.03979",
);
/** Chung and others: DPS. */
export const DPS_PAPER: Citation = /*@__PURE__*/ paper(
  "Hyungjin Chung, Jeongsol Kim, Michael T. Mccann, Marc L. Klasky, Jong Chul Ye",
  2023,
  "Diffusion Posterior Sampling for General Noisy Inverse Problems",
  "https://arxiv.org/abs/2209.14687",
);
/** Song and others: PiGDM. */
export const PIGDM_PAPER: Citation = /*@__PURE__*/ paper(
  "Jiaming Song, Arash Vahdat, Morteza Mardani, Jan Kautz",
  2023,
  "Pseudoinverse-Guided Diffusion Models for Inverse Problems",
  "https://openreview.net/forum?id=9_gsMA8MRKQ",
);
/** Zhang and others: DAPS. */
export const DAPS_PAPER: Citation = /*@__PURE__*/ paper(
  "Bingliang Zhang, Wenda Chu, Julius Berner, Chenlin Meng, Anima Anandkumar, Yang Song",
  2025,
  "Improving Diffusion Inverse Problem Solving with Decoupled Noise Annealing",
  "https://arxiv.org/abs/2407.01521",
);
