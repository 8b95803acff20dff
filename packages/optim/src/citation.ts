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

/** Dozat: NAdam. */
export const NADAM_PAPER: Citation = {
  title: "Incorporating Nesterov Momentum into Adam",
  authors: "Timothy Dozat",
  year: 2016,
  url: "https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ",
};

/** Liu and others: RAdam. */
export const RADAM_PAPER: Citation = {
  title: "On the Variance of the Adaptive Learning Rate and Beyond",
  authors: "Liyuan Liu, Haoming Jiang, Pengcheng He, Weizhu Chen, Xiaodong Liu, Jianfeng Gao, Jiawei Han",
  year: 2020,
  url: "https://arxiv.org/abs/1908.03265",
};

/** Duchi, Hazan and Singer: AdaGrad. */
export const ADAGRAD_PAPER: Citation = {
  title: "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization",
  authors: "John Duchi, Elad Hazan, Yoram Singer",
  year: 2011,
  url: "https://jmlr.org/papers/v12/duchi11a.html",
};

/** Zeiler: AdaDelta. */
export const ADADELTA_PAPER: Citation = {
  title: "ADADELTA: An Adaptive Learning Rate Method",
  authors: "Matthew D. Zeiler",
  year: 2012,
  url: "https://arxiv.org/abs/1212.5701",
};

/** Tieleman and Hinton: RMSProp, in a lecture. */
export const RMSPROP_LECTURE: Citation = {
  title: "Lecture 6e, rmsprop: Divide the gradient by a running average of its recent magnitude",
  authors: "Tijmen Tieleman, Geoffrey Hinton",
  year: 2012,
  url: "https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf",
};

/** Riedmiller and Braun: Rprop. */
export const RPROP_PAPER: Citation = {
  title: "A direct adaptive method for faster backpropagation learning: the RPROP algorithm",
  authors: "Martin Riedmiller, Heinrich Braun",
  year: 1993,
  url: "https://doi.org/10.1109/ICNN.1993.298623",
};

/** Chen and others: Lion. */
export const LION_PAPER: Citation = {
  title: "Symbolic Discovery of Optimization Algorithms",
  authors:
    "Xiangning Chen, Chen Liang, Da Huang, Esteban Real, Kaiyuan Wang, Hieu Pham, Xuanyi Dong, Thang Luong, Cho-Jui Hsieh, Yifeng Lu, Quoc V. Le",
  year: 2023,
  url: "https://arxiv.org/abs/2302.06675",
};

/** Dubey and others: diffGrad. */
export const DIFFGRAD_PAPER: Citation = {
  title: "diffGrad: An Optimization Method for Convolutional Neural Networks",
  authors:
    "Shiv Ram Dubey, Soumendu Chakraborty, Swalpa Kumar Roy, Snehasis Mukherjee, Satish Kumar Singh, Bidyut Baran Chaudhuri",
  year: 2020,
  url: "https://arxiv.org/abs/1909.11015",
};

/** Pascanu, Mikolov and Bengio: clipping gradients by their norm. */
export const CLIPPING_PAPER: Citation = {
  title: "On the difficulty of training recurrent neural networks",
  authors: "Razvan Pascanu, Tomas Mikolov, Yoshua Bengio",
  year: 2013,
  url: "https://proceedings.mlr.press/v28/pascanu13.html",
};

/** Polyak and Juditsky: averages of iterates. */
export const POLYAK_AVERAGE_PAPER: Citation = {
  title: "Acceleration of Stochastic Approximation by Averaging",
  authors: "Boris T. Polyak, Anatoli B. Juditsky",
  year: 1992,
  url: "https://doi.org/10.1137/0330046",
};

/** Zhang, Lucas, Hinton and Ba: Lookahead. */
export const LOOKAHEAD_PAPER: Citation = {
  title: "Lookahead Optimizer: k steps forward, 1 step back",
  authors: "Michael R. Zhang, James Lucas, Geoffrey Hinton, Jimmy Ba",
  year: 2019,
  url: "https://arxiv.org/abs/1907.08610",
};

/** Drori and Teboulle: exact worst cases of gradient descent. */
export const DRORI_TEBOULLE_PAPER: Citation = {
  title: "Performance of first-order methods for smooth convex minimization: a novel approach",
  authors: "Yoel Drori, Marc Teboulle",
  year: 2014,
  url: "https://arxiv.org/abs/1206.3209",
};

/** Nesterov: the first accelerated gradient method. */
export const NESTEROV_PAPER: Citation = {
  title: "A method for solving the convex programming problem with convergence rate O(1/k^2)",
  authors: "Yurii Nesterov",
  year: 1983,
  url: "https://www.mathnet.ru/eng/dan46009",
};

/** Nesterov: the textbook. */
export const NESTEROV_BOOK: Citation = {
  title: "Lectures on Convex Optimization",
  authors: "Yurii Nesterov",
  year: 2018,
  url: "https://doi.org/10.1007/978-3-319-91578-4",
};

/** Beck and Teboulle: FISTA. */
export const FISTA_PAPER: Citation = {
  title: "A Fast Iterative Shrinkage-Thresholding Algorithm for Linear Inverse Problems",
  authors: "Amir Beck, Marc Teboulle",
  year: 2009,
  url: "https://doi.org/10.1137/080716542",
};

/** Taylor, Hendrickx and Glineur: exact worst cases by semidefinite programming. */
export const TAYLOR_PAPER: Citation = {
  title: "Smooth strongly convex interpolation and exact worst-case performance of first-order methods",
  authors: "Adrien B. Taylor, Julien M. Hendrickx, Francois Glineur",
  year: 2017,
  url: "https://arxiv.org/abs/1502.05666",
};

/** Van Scoy, Freeman and Lynch: triple momentum. */
export const TRIPLE_MOMENTUM_PAPER: Citation = {
  title: "The Fastest Known Globally Convergent First-Order Method for Minimizing Strongly Convex Functions",
  authors: "Bryan Van Scoy, Randy A. Freeman, Kevin M. Lynch",
  year: 2018,
  url: "https://doi.org/10.1109/LCSYS.2017.2722406",
};

/** Taylor and Drori: the information-theoretic exact method. */
export const ITEM_PAPER: Citation = {
  title: "An optimal gradient method for smooth strongly convex minimization",
  authors: "Adrien Taylor, Yoel Drori",
  year: 2023,
  url: "https://arxiv.org/abs/2101.09741",
};

/** Kim and Fessler: the optimised gradient method. */
export const OGM_PAPER: Citation = {
  title: "Optimized first-order methods for smooth convex minimization",
  authors: "Donghwan Kim, Jeffrey A. Fessler",
  year: 2016,
  url: "https://arxiv.org/abs/1406.5468",
};

/** Parimi and others: acceleration by passivity and immersion. */
export const FLOW_PAPER: Citation = {
  title: "Dynamics of acceleration",
  authors: "Parimi, Mehra, Wagh, Yerudkar, Singh",
  year: 2025,
  url: "https://arxiv.org/abs/2509.18346",
};

/** Hestenes and Stiefel: conjugate gradients. */
export const HESTENES_STIEFEL_PAPER: Citation = {
  title: "Methods of Conjugate Gradients for Solving Linear Systems",
  authors: "Magnus R. Hestenes, Eduard Stiefel",
  year: 1952,
  url: "https://doi.org/10.6028/jres.049.044",
};

/** Paige and Saunders: LSQR. */
export const LSQR_PAPER: Citation = {
  title: "LSQR: An Algorithm for Sparse Linear Equations and Sparse Least Squares",
  authors: "Christopher C. Paige, Michael A. Saunders",
  year: 1982,
  url: "https://doi.org/10.1145/355984.355989",
};

/** Paige and Saunders: MINRES. */
export const MINRES_PAPER: Citation = {
  title: "Solution of Sparse Indefinite Systems of Linear Equations",
  authors: "Christopher C. Paige, Michael A. Saunders",
  year: 1975,
  url: "https://doi.org/10.1137/0712047",
};

/** Saad and Schultz: GMRES. */
export const GMRES_PAPER: Citation = {
  title: "GMRES: A Generalized Minimal Residual Algorithm for Solving Nonsymmetric Linear Systems",
  authors: "Youcef Saad, Martin H. Schultz",
  year: 1986,
  url: "https://doi.org/10.1137/0907058",
};

/** Van der Vorst: BiCGStab. */
export const BICGSTAB_PAPER: Citation = {
  title: "Bi-CGSTAB: A Fast and Smoothly Converging Variant of Bi-CG for the Solution of Nonsymmetric Linear Systems",
  authors: "Henk A. van der Vorst",
  year: 1992,
  url: "https://doi.org/10.1137/0913035",
};

/** Saad: the textbook on iterative solvers. */
export const SAAD_BOOK: Citation = {
  title: "Iterative Methods for Sparse Linear Systems",
  authors: "Yousef Saad",
  year: 2003,
  url: "https://doi.org/10.1137/1.9780898718003",
};

/** Frantar, Kurtic and Alistarh: M-FAC. */
export const MFAC_PAPER: Citation = {
  title: "M-FAC: Efficient Matrix-Free Approximations of Second-Order Information",
  authors: "Elias Frantar, Eldar Kurtic, Dan Alistarh",
  year: 2021,
  url: "https://arxiv.org/abs/2107.03356",
};

/** Hassibi and Stork: the optimal brain surgeon. */
export const OBS_PAPER: Citation = {
  title: "Second order derivatives for network pruning: Optimal Brain Surgeon",
  authors: "Babak Hassibi, David G. Stork",
  year: 1993,
  url: "https://proceedings.neurips.cc/paper/1992/hash/303ed4c69846ab36c2904d3ba8573050-Abstract.html",
};

/** Semenov, Jaggi and Doikov: gradient-normalised smoothness. */
export const GRADIENT_NORMALIZED_PAPER: Citation = {
  title: "Gradient-Normalized Smoothness for Optimization with Approximate Hessians",
  authors: "Andrei Semenov, Martin Jaggi, Nikita Doikov",
  year: 2025,
  url: "https://arxiv.org/abs/2506.13710",
};

/** Nocedal and Wright: the textbook on numerical optimisation. */
export const NOCEDAL_WRIGHT_BOOK: Citation = {
  title: "Numerical Optimization",
  authors: "Jorge Nocedal, Stephen J. Wright",
  year: 2006,
  url: "https://doi.org/10.1007/978-0-387-40065-5",
};

/** Liu and Nocedal: L-BFGS. */
export const LBFGS_PAPER: Citation = {
  title: "On the limited memory BFGS method for large scale optimization",
  authors: "Dong C. Liu, Jorge Nocedal",
  year: 1989,
  url: "https://doi.org/10.1007/BF01589116",
};

/** Marquardt: damped least squares. */
export const MARQUARDT_PAPER: Citation = {
  title: "An Algorithm for Least-Squares Estimation of Nonlinear Parameters",
  authors: "Donald W. Marquardt",
  year: 1963,
  url: "https://doi.org/10.1137/0111030",
};

/** Xiong, Ding and Du: over-parameterised matrix sensing. */
export const MATRIX_SENSING_PAPER: Citation = {
  title:
    "How Over-Parameterization Slows Down Gradient Descent in Matrix Sensing: The Curses of Symmetry and Initialization",
  authors: "Nuoya Xiong, Lijun Ding, Simon S. Du",
  year: 2024,
  url: "https://arxiv.org/abs/2310.01769",
};

/** Cheikh Ahmed, Mostajabdaveh, Aref and Zhou: discrete min-max violation. */
export const MIN_MAX_VIOLATION_PAPER: Citation = {
  title: "Discrete Optimization of Min-Max Violation and its Applications Across Computational Sciences",
  authors: "Cheikh Ahmed, Mahdi Mostajabdaveh, Samin Aref, Zirui Zhou",
  year: 2025,
  url: "https://arxiv.org/abs/2508.13437",
};

/** Kaneda and others: directions of conjugate gradients from a network. */
export const DEEP_CONJUGATE_DIRECTIONS_PAPER: Citation = {
  title: "A Deep Conjugate Direction Method for Iteratively Solving Linear Systems",
  authors: "Ayano Kaneda, Osman Akar, Jingyu Chen, Victoria Alicia Trevino Kala, David Hyde, Joseph Teran",
  year: 2023,
  url: "https://arxiv.org/abs/2205.10763",
};
