/** The part of the tour on images from indirect measurements. */
import { distinctCitations } from "@ansatz/tensor";
import { markup, type Html } from "../../report/html.ts";
import { section } from "../../report/page.ts";
import { inlinePng } from "../../report/picture.ts";
import { table } from "../../report/table.ts";
import type { Check, Part, PartResult } from "../part.ts";
import { runRadar, type RadarFindings, type RadarSettings } from "./radar.ts";
import { runTomography, type TomographyFindings, type TomographySettings } from "./tomography.ts";

/** How much the part does. */
export interface InverseSettings {
  readonly tomography: TomographySettings;
  readonly radar: RadarSettings;
}

/** What the tour does. */
export const INVERSE_SETTINGS: InverseSettings = {
  tomography: { size: 128, views: 30, snr: 30, weight: 7e-4, sirtIterations: 100, variationIterations: 180 },
  radar: { antennas: 8, frequencies: 9, across: 17, depths: 3, targets: 6, snr: 20, share: 0.1, iterations: 30 },
};

/** Least gains, in dB, that the claims ask for. */
const [VARIATION_GAIN, SPARSE_GAIN] = [6, 6];

const decibels = (value: number): string => `${value.toFixed(1)} dB`;

/** What has to hold. */
export function checkInverse(
  { slices }: Pick<TomographyFindings, "slices">,
  { images, single }: Pick<RadarFindings, "images" | "single">,
): Check[] {
  const of = <T extends { readonly method: string }>(list: readonly T[], method: string): T | undefined =>
    list.find((entry) => entry.method === method);
  const gain = (of(slices, "TV")?.psnr ?? Number.NaN) - (of(slices, "FBP")?.psnr ?? Number.NaN);
  const sparse = (of(images, "l1")?.psnr ?? Number.NaN) - (of(images, "back-projection")?.psnr ?? Number.NaN);
  return [
    {
      claim: `tomography: total variation is ${VARIATION_GAIN} dB better than filtered back-projection`,
      holds: gain >= VARIATION_GAIN,
      evidence: decibels(gain),
    },
    {
      claim: `radar: l1 is ${SPARSE_GAIN} dB better than back-projection`,
      holds: sparse >= SPARSE_GAIN,
      evidence: decibels(sparse),
    },
    {
      claim: "radar: the back-projection of a point target is largest at its voxel",
      holds: single.largest === single.target,
      evidence: `voxel ${single.largest}, target at ${single.target}`,
    },
  ];
}

function panel(title: string, png: Uint8Array, note: string): Html {
  return markup`<div class="panel">
    <h4>${title}</h4>
    ${inlinePng(png, title, "pixels")}<small>${note}</small>
  </div>`;
}

function tomographySection({ truth, sinogram, slices }: TomographyFindings, s: TomographySettings): Html {
  return section(
    "Inverse problems",
    "A slice from few views",
    markup`<p>
      The Shepp-Logan phantom on ${s.size} x ${s.size} pixels, seen by parallel rays from ${s.views} angles, with noise
      ${s.snr} dB below the signal. The integrals are exact, of ellipses, so that no method knows the model that made
      them.
    </p>`,
    markup`<figure>
      <div class="pictures">
        ${panel("phantom", truth, "")} ${panel("sinogram", sinogram, `${s.views} views`)}
        ${slices.map(({ method, png, psnr }) => panel(method, png, decibels(psnr)))}
      </div>
      <figcaption>Values from 0 to 0.6; the skull has 1.</figcaption>
    </figure>`,
    markup`<figure>
      <div class="pictures">
        ${slices.map(({ method, error, psnr }) => panel(`${method}, error`, error, decibels(psnr)))}
      </div>
      <figcaption>Differences from the phantom: blue is 0.2 too low or more, red 0.2 too high, white is right.</figcaption>
    </figure>`,
    table(
      [
        { title: "Method" },
        { title: "PSNR", numeric: true },
        { title: "SSIM", numeric: true },
        { title: "Iterations", numeric: true },
        { title: "Time", numeric: true },
      ],
      slices.map(({ method, psnr, ssim, iterations, seconds }) => [
        method,
        decibels(psnr),
        ssim.toFixed(3),
        String(iterations),
        `${(1000 * seconds).toFixed(0)} ms`,
      ]),
    ),
  );
}

function radarSection({ truth, images, voxels, measurements }: RadarFindings, s: RadarSettings): Html {
  return section(
    "Inverse problems",
    "Point targets in the near field",
    markup`<p>
      ${s.antennas} transmitters and ${s.antennas} receivers on crossed lines, ${s.frequencies} frequencies from 4 to 16
      GHz: ${measurements} complex echoes, with noise ${s.snr} dB below, of ${voxels} voxels half a metre away, ${s.targets}
      of which reflect.
    </p>`,
    markup`<figure>
      <div class="pictures">
        ${panel("targets", truth, "")}
        ${images.map(({ method, png, psnr }) => panel(method, png, decibels(psnr)))}
      </div>
      <figcaption>Largest magnitude along the depth, as the antennas see it.</figcaption>
    </figure>`,
    table(
      [
        { title: "Method" },
        { title: "PSNR of the magnitude", numeric: true },
        { title: "Targets found", numeric: true },
        { title: "Time", numeric: true },
      ],
      images.map(({ method, psnr, found, seconds }) => [
        method,
        decibels(psnr),
        `${found} of ${s.targets}`,
        `${(1000 * seconds).toFixed(0)} ms`,
      ]),
    ),
  );
}

/** Numbers without the pictures. */
const withoutPng = <T extends { readonly png: Uint8Array }>(list: readonly T[]): Omit<T, "png">[] =>
  list.map(({ png: _, ...rest }) => rest);

/** The part, with settings of its own for tests. */
export function inversePart(settings: InverseSettings = INVERSE_SETTINGS): Part {
  return {
    name: "inverse",
    title: "Tomography and radar images",
    async run(context): Promise<PartResult> {
      const slice = await runTomography({ ...context, key: context.key.fold(0) }, settings.tomography);
      const scene = await runRadar({ ...context, key: context.key.fold(1) }, settings.radar);
      const claims = checkInverse(slice, scene);
      const held = claims.filter(({ holds }) => holds).length;
      return {
        outcome: `${held} of ${claims.length} claims hold`,
        data: {
          settings,
          slices: withoutPng(slice.slices),
          radar: { images: withoutPng(scene.images), single: scene.single },
          checks: claims,
        },
        sections: [tomographySection(slice, settings.tomography), radarSection(scene, settings.radar)],
        cards: [],
        headline: claims.map(({ claim, holds, evidence }) => ({
          what: claim,
          value: `${holds ? "yes" : "NO"}: ${evidence}`,
        })),
        checks: claims,
        citations: distinctCitations([...slice.citations, ...scene.citations]),
      };
    },
  };
}
