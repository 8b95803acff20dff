/** The devices that conformance tests run on. */
import { registerBackend } from "@ansatz/tensor";
import { createDawn } from "@ansatz/webgpu-testing/dawn";
import { readyOrNotice } from "@ansatz/webgpu-testing/availability";
import { webgpu } from "@ansatz/tensor/webgpu";

/** `js`, `cpu`, and `webgpu` where there is an adapter (in continuous integration its absence is a failure). */
export async function testDevices(): Promise<string[]> {
  const devices = ["js", "cpu"];
  const dawn = readyOrNotice(await createDawn({ backend: "swiftshader" }));
  if (dawn !== undefined) {
    registerBackend(await webgpu({ gpu: dawn.gpu }));
    devices.push("webgpu");
  }
  return devices;
}
