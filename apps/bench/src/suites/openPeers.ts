/** Starting the peers of a run, and what is said about those that are missing. */
import { peers as registry } from "../peers/registry.ts";
import type { Peer } from "../peers/work.ts";
import type { PeerValue } from "../results/benchResult.ts";

/** A peer that was started, or the reason why not. */
export interface OpenPeer {
  readonly name: string;
  readonly peer: Peer | null;
  readonly reason: string | null;
}

/** Starts every peer; the ones that are not there say why. */
export async function openPeers(): Promise<OpenPeer[]> {
  const open: OpenPeer[] = [];
  for (const entry of registry) {
    try {
      open.push({ name: entry.name, peer: await entry.open(), reason: null });
    } catch (error) {
      open.push({ name: entry.name, peer: null, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return open;
}

/** Ends what the peers started. */
export function closePeers(peers: readonly OpenPeer[]): void {
  for (const { peer } of peers) peer?.close();
}

/** The entry of a peer that gave no number. */
export function withoutValue(
  { name, peer }: OpenPeer,
  status: "not found" | "unsupported" | "failed",
  note: string | null,
): PeerValue {
  return { name, version: peer?.version ?? null, status, value: null, ratio: null, ratioSpread: null, note };
}
