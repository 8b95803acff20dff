/** Papers behind the methods, as data. */
import type { Citation } from "@ansatz/tensor";

/** Robbins and Monro: stochastic approximation, the plain gradient step. */
export const ROBBINS_MONRO_PAPER: Citation = {
  title: "A Stochastic Approximation Method",
  authors: "Herbert Robbins, Sutton Monro",
  year: 1951,
  url: "https://doi.org/10.1214/aoms/1177729586",
};

/** Polyak: the heavy ball. */
export const POLYAK_PAPER: Citation = {
  title: "Some methods of speeding up the convergence of iteration methods",
  authors: "Boris T. Polyak",
  year: 1964,
  url: "https://doi.org/10.1016/0041-5553(64)90137-5",
};

/** Sutskever, Martens, Dahl and Hinton: Nesterov's acceleration as a form of momentum. */
export const MOMENTUM_PAPER: Citation = {
  title: "On the importance of initialization and momentum in deep learning",
  authors: "Ilya Sutskever, James Martens, George Dahl, Geoffrey Hinton",
  year: 2013,
  url: "https://proceedings.mlr.press/v28/sutskever13.html",
};

/** Kingma and Ba. */
export const ADAM_PAPER: Citation = {
  title: "Adam: A Method for Stochastic Optimization",
  authors: "Diederik P. Kingma, Jimmy Ba",
  year: 2015,
  url: "https://arxiv.org/abs/1412.6980",
};

/** Reddi, Kale and Kumar: AMSGrad. */
export const AMSGRAD_PAPER: Citation = {
  title: "On the Convergence of Adam and Beyond",
  authors: "Sashank J. Reddi, Satyen Kale, Sanjiv Kumar",
  year: 2018,
  url: "https://arxiv.org/abs/1904.09237",
};

/** Loshchilov and Hutter: decoupled weight decay. */
export const ADAMW_PAPER: Citation = {
  title: "Decoupled Weight Decay Regularization",
  authors: "Ilya Loshchilov, Frank Hutter",
  year: 2019,
  url: "https://arxiv.org/abs/1711.05101",
};
