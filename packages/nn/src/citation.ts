import type { Citation } from "@ansatz/tensor";
/** Papers behind layers, initialisers and models, as data. */

/** Glorot and Bengio: Xavier initialisation. */
export const XAVIER_PAPER: Citation = {
  title: "Understanding the difficulty of training deep feedforward neural networks",
  authors: "Xavier Glorot, Yoshua Bengio",
  year: 2010,
  url: "https://proceedings.mlr.press/v9/glorot10a.html",
};

/** He, Zhang, Ren and Sun: Kaiming initialisation. */
export const KAIMING_PAPER: Citation = {
  title: "Delving Deep into Rectifiers: Surpassing Human-Level Performance on ImageNet Classification",
  authors: "Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun",
  year: 2015,
  url: "https://arxiv.org/abs/1502.01852",
};

/** LeCun et al.: convolutional networks. */
export const CONVOLUTION_PAPER: Citation = {
  title: "Gradient-based learning applied to document recognition",
  authors: "Yann LeCun, Léon Bottou, Yoshua Bengio, Patrick Haffner",
  year: 1998,
  url: "https://doi.org/10.1109/5.726791",
};

/** Rosenblatt: the layer that all others descend from. */
export const PERCEPTRON_PAPER: Citation = {
  title: "The perceptron: a probabilistic model for information storage and organization in the brain",
  authors: "Frank Rosenblatt",
  year: 1958,
  url: "https://doi.org/10.1037/h0042519",
};

/** Wu and He: group normalisation. */
export const GROUP_NORM_PAPER: Citation = {
  title: "Group Normalization",
  authors: "Yuxin Wu, Kaiming He",
  year: 2018,
  url: "https://arxiv.org/abs/1803.08494",
};

/** Ulyanov, Vedaldi and Lempitsky: instance normalisation. */
export const INSTANCE_NORM_PAPER: Citation = {
  title: "Instance Normalization: The Missing Ingredient for Fast Stylization",
  authors: "Dmitry Ulyanov, Andrea Vedaldi, Victor Lempitsky",
  year: 2016,
  url: "https://arxiv.org/abs/1607.08022",
};

/** Vaswani et al.: attention with several heads, sinusoidal embeddings. */
export const ATTENTION_PAPER: Citation = {
  title: "Attention Is All You Need",
  authors:
    "Ashish Vaswani, Noam Shazeer, Niki Parmar, Jakob Uszkoreit, Llion Jones, Aidan N. Gomez, Łukasz Kaiser, Illia Polosukhin",
  year: 2017,
  url: "https://arxiv.org/abs/1706.03762",
};

/** He, Zhang, Ren and Sun: residual networks. */
export const RESIDUAL_PAPER: Citation = {
  title: "Deep Residual Learning for Image Recognition",
  authors: "Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun",
  year: 2016,
  url: "https://arxiv.org/abs/1512.03385",
};

/** Ronneberger, Fischer and Brox: the U-Net. */
export const UNET_PAPER: Citation = {
  title: "U-Net: Convolutional Networks for Biomedical Image Segmentation",
  authors: "Olaf Ronneberger, Philipp Fischer, Thomas Brox",
  year: 2015,
  url: "https://arxiv.org/abs/1505.04597",
};

/** Ho, Jain and Abbeel: the time-conditioned U-Net of diffusion models. */
export const DDPM_PAPER: Citation = {
  title: "Denoising Diffusion Probabilistic Models",
  authors: "Jonathan Ho, Ajay Jain, Pieter Abbeel",
  year: 2020,
  url: "https://arxiv.org/abs/2006.11239",
};

/** Clevert, Unterthiner and Hochreiter: ELU. */
export const ELU_PAPER: Citation = {
  title: "Fast and Accurate Deep Network Learning by Exponential Linear Units (ELUs)",
  authors: "Djork-Arné Clevert, Thomas Unterthiner, Sepp Hochreiter",
  year: 2016,
  url: "https://arxiv.org/abs/1511.07289",
};

/** Maas, Hannun and Ng: the leaky rectifier. */
export const LEAKY_RELU_PAPER: Citation = {
  title: "Rectifier Nonlinearities Improve Neural Network Acoustic Models",
  authors: "Andrew L. Maas, Awni Y. Hannun, Andrew Y. Ng",
  year: 2013,
  url: "https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf",
};

/** Elfwing, Uchibe and Doya: SiLU. */
export const SILU_PAPER: Citation = {
  title: "Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement Learning",
  authors: "Stefan Elfwing, Eiji Uchibe, Kenji Doya",
  year: 2018,
  url: "https://arxiv.org/abs/1702.03118",
};

/** Kaneda and others: directions of conjugate gradients from a network. */
export const DIRECTIONS_PAPER: Citation = {
  title: "A Deep Conjugate Direction Method for Iteratively Solving Linear Systems",
  authors: "Ayano Kaneda, Osman Akar, Jingyu Chen, Victoria Alicia Trevino Kala, David Hyde, Joseph Teran",
  year: 2023,
  url: "https://arxiv.org/abs/2205.10763",
};
