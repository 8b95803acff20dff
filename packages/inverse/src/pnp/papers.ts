/** Papers behind denoisers and plug-and-play, as data. */
import type { Citation } from "@ansatz/tensor";
import { paper } from "../citation.ts";

/** Donoho: soft thresholds. */
export const SHRINKAGE_PAPER: Citation = /*@__PURE__*/ paper(
  "David L. Donoho",
  1995,
  "De-noising by soft-thresholding",
  "https://doi.org/10.1109/18.382009",
);
/** Coifman and Donoho: averages over shifts. */
export const CYCLE_SPINNING_PAPER: Citation = /*@__PURE__*/ paper(
  "Ronald R. Coifman, David L. Donoho",
  1995,
  "Translation-Invariant De-Noising",
  "https://doi.org/10.1007/978-1-4612-2544-7_9",
);
/** Buades, Coll and Morel: non-local means. */
export const NLM_PAPER: Citation = /*@__PURE__*/ paper(
  "Antoni Buades, Bartomeu Coll, Jean-Michel Morel",
  2005,
  "A non-local algorithm for image denoising",
  "https://doi.org/10.1109/CVPR.2005.38",
);
/** Dabov, Foi, Katkovnik and Egiazarian: block matching. */
export const BM3D_PAPER: Citation = /*@__PURE__*/ paper(
  "Kostadin Dabov, Alessandro Foi, Vladimir Katkovnik, Karen Egiazarian",
  2007,
  "Image Denoising by Sparse 3-D Transform-Domain Collaborative Filtering",
  "https://doi.org/10.1109/TIP.2007.901238",
);
/** Venkatakrishnan, Bouman and Wohlberg: plug-and-play. */
export const PNP_PAPER: Citation = /*@__PURE__*/ paper(
  "Singanallur V. Venkatakrishnan, Charles A. Bouman, Brendt Wohlberg",
  2013,
  "Plug-and-Play priors for model based reconstruction",
  "https://doi.org/10.1109/GlobalSIP.2013.6737048",
);
/** Ryu and others: when plug-and-play converges. */
export const PNP_CONVERGENCE_PAPER: Citation = /*@__PURE__*/ paper(
  "Ernest K. Ryu, Jialin Liu, Sicheng Wang, Xiaohan Chen, Zhangyang Wang, Wotao Yin",
  2019,
  "Plug-and-Play Methods Provably Converge with Properly Trained Denoisers",
  "https://arxiv.org/abs/1905.05406",
);
/** Romano, Elad and Milanfar: regularisation by denoising. */
export const RED_PAPER: Citation = /*@__PURE__*/ paper(
  "Yaniv Romano, Michael Elad, Peyman Milanfar",
  2017,
  "The Little Engine That Could: Regularization by Denoising (RED)",
  "https://doi.org/10.1137/16M1102884",
);
/** Reehorst and Schniter: when RED has an objective. */
export const RED_CLARIFICATIONS_PAPER: Citation = /*@__PURE__*/ paper(
  "Edward T. Reehorst, Philip Schniter",
  2019,
  "Regularization by Denoising: Clarifications and New Interpretations",
  "https://doi.org/10.1109/TCI.2018.2880326",
);
/** Zhang and others: DPIR, and the network DRUNet. */
export const DPIR_PAPER: Citation = /*@__PURE__*/ paper(
  "Kai Zhang, Yawei Li, Wangmeng Zuo, Lei Zhang, Luc Van Gool, Radu Timofte",
  2021,
  "Plug-and-Play Image Restoration with Deep Denoiser Prior",
  "https://doi.org/10.1109/TPAMI.2021.3088914",
);
/** Zhang and others: networks that predict the noise. */
export const DNCNN_PAPER: Citation = /*@__PURE__*/ paper(
  "Kai Zhang, Wangmeng Zuo, Yunjin Chen, Deyu Meng, Lei Zhang",
  2017,
  "Beyond a Gaussian Denoiser: Residual Learning of Deep CNN for Image Denoising",
  "https://doi.org/10.1109/TIP.2017.2662206",
);
