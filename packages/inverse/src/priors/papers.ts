/** Papers behind deep image priors, as data. */
import type { Citation } from "@ansatz/tensor";
import { paper } from "../citation.ts";

/** Ulyanov, Vedaldi and Lempitsky: deep image prior. */
export const DIP_PAPER: Citation = /*@__PURE__*/ paper(
  "Dmitry Ulyanov, Andrea Vedaldi, Victor Lempitsky",
  2018,
  "Deep Image Prior",
  "https://arxiv.org/abs/1711.10925",
);
/** Wang and others: when to stop. */
export const EARLY_STOP_PAPER: Citation = /*@__PURE__*/ paper(
  "Hengkang Wang, Taihui Li, Zhong Zhuang, Tiancong Chen, Hengyue Liang, Ju Sun",
  2021,
  "Early Stopping for Deep Image Prior",
  "https://arxiv.org/abs/2112.06074",
);
/** Cascarano and others: weighted total variation. */
export const DIP_WTV_PAPER: Citation = /*@__PURE__*/ paper(
  "Pasquale Cascarano, Andrea Sebastiani, Maria Colomba Comes, Giorgia Franchini, Federica Porta",
  2021,
  "Combining Weighted Total Variation and Deep Image Prior for natural and medical image restoration via ADMM",
  "https://arxiv.org/abs/2009.11380",
);
/** Sun and others: plug-and-play with a deep image prior. */
export const PNP_DIP_PAPER: Citation = /*@__PURE__*/ paper(
  "Zhaodong Sun, Fabian Latorre, Thomas Sanchez, Volkan Cevher",
  2021,
  "A Plug-and-Play Deep Image Prior",
  "https://doi.org/10.1109/ICASSP39728.2021.9414879",
);
/** Cheng and Zhou: several codes and plug-and-play ADMM. */
export const MCDIP_PAPER: Citation = /*@__PURE__*/ paper(
  "Chen Cheng, Qingping Zhou",
  2023,
  "MCDIP-ADMM: Overcoming Overfitting in DIP-based CT reconstruction",
  "https://arxiv.org/abs/2304.03895",
);
