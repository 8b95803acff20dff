import {
  cgls,
  chambollePock,
  ellipsePhantom,
  evenAngles,
  filteredBackprojection,
  gaussianNoise,
  gradientNorm,
  gradientOperator,
  nonNegative,
  parallelBeam,
  projector,
  psnr,
  reconstruct,
  sheppLogan,
  unitSquare,
} from "@ansatz/inverse";
import { key } from "@ansatz/tensor/random";

const image = unitSquare(32);
const truth = ellipsePhantom(sheppLogan(), image, { supersample: 8 });
const geometry = parallelBeam({ image, angles: evenAngles(30), detectors: 49, spacing: image.pixel });
const operator = projector(geometry);
const sigma = 0.06;
const data = gaussianNoise(key(1), operator.apply(truth), sigma);

console.log(await psnr(filteredBackprojection(geometry, data, { window: "hann" }), truth));

const delta = sigma * Math.sqrt(data.size);
const early = await reconstruct(cgls(), { operator, data }, { discrepancy: { delta } });
console.log(early.message, await psnr(early.value, truth));

const variation = { operator: gradientOperator([32, 32]), regularizer: gradientNorm(0.002), norm: Math.sqrt(8) };
const method = chambollePock({ terms: [variation], constraint: nonNegative() });
const smooth = await reconstruct(method, { operator, data }, { maxIterations: 200 });
console.log(smooth.message, await psnr(smooth.value, truth));
