import type { Invariant } from "./invariant.ts";

/** At rest nobody seems to work. */
export const atRest: Invariant = {
  id: "I10",
  says: "at rest, in-progress bits = claims = jobs = none, for each asset",
  check({ assets, backfills, jobs }) {
    const wrong: string[] = [];
    for (const { asset, inProgress, claims } of assets) {
      if (inProgress.size > 0) wrong.push(`${asset} has ${inProgress.size} partitions in progress`);
      for (const [place, entry] of claims) wrong.push(`${asset} ${place} has the claim "${entry}"`);
    }
    for (const { id, ledgers } of backfills) {
      for (const { asset, counters, queued } of ledgers) {
        if (counters.inProgress !== 0)
          wrong.push(`${id} ${asset} counts ${counters.inProgress} in progress`);
        if (queued.size > 0) wrong.push(`${id} ${asset} has ${queued.size} partitions queued`);
      }
    }
    if (jobs.size > 0) wrong.push(`${jobs.size} jobs are left`);
    return wrong;
  },
};
