import { integers } from "@infill/partitions";
import {
  type BackfillRecord,
  dropReservations,
  ordinalsByLane,
  type PartitionAddress,
  readLedgerPlane,
  readSelected,
} from "@infill/state";
import { turns } from "@infill/core";
import type { AssetProgress } from "../progress/assetProgress.ts";
import { jobsPerPage } from "../jobs/jobIndex.ts";
import type { PartitionJobs } from "../jobs/partitionJobs.ts";
import type { RunEnvironment } from "./runEnvironment.ts";

/**
 * Takes unstarted partitions out of the window of a paused or canceled backfill, and removes their
 * jobs. Once is enough: the ledgers' control prevents new reservations and claims.
 *
 * @param assets those that the project has, by name
 */
export async function sweepWindow(
  environment: RunEnvironment,
  { id, header }: BackfillRecord,
  assets: ReadonlyMap<string, AssetProgress>,
  jobs: PartitionJobs,
): Promise<void> {
  for (const asset of assets.values()) await sweepAsset(environment, id, asset, jobs);
  for (const name of header.assets)
    if (!assets.has(name)) await sweepUnknown(environment, id, name);
}

async function sweepAsset(
  { store }: RunEnvironment,
  id: string,
  asset: AssetProgress,
  jobs: PartitionJobs,
): Promise<void> {
  const queued: PartitionAddress[] = [];
  for (const lane of asset.lanes()) {
    if (lane.queued.count === 0) continue;
    await turns.next();
    for (const address of lane.addressesOf(lane.queued.toSet())) queued.push(address);
  }
  for (let first = 0; first < queued.length; first += jobsPerPage) {
    const page = queued.slice(first, first + jobsPerPage);
    await dropReservations(store, asset.name, id, ordinalsByLane(page));
    await jobs.remove(asset, page);
  }
}

/**
 * The same for an asset that the project no longer has: its ledger and jobs exist, but no
 * definition.
 */
async function sweepUnknown(
  { store, queues, pools }: RunEnvironment,
  id: string,
  name: string,
): Promise<void> {
  const selected = await readSelected(store, name, id);
  const lanes = await readLedgerPlane(store, name, id, "queued", selected);
  for (const { lane, ordinals } of lanes) {
    const queued = Array.from(integers(ordinals));
    for (let first = 0; first < queued.length; first += jobsPerPage) {
      const page = { lane, ordinals: queued.slice(first, first + jobsPerPage) };
      await dropReservations(store, name, id, [page]);
    }
  }
  for (const pool of pools.keys()) {
    const jobs = await queues.jobsOf(pool, id);
    await queues.remove(
      pool,
      jobs.filter(({ data }) => data.asset === name).map((job) => job.id),
    );
  }
}
