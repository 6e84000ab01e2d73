import type { Invariant } from "./invariant.ts";

/** Keys that may be there when nothing runs; `docs/design/engine.md` and the headers of the scripts describe them. */
const documented = [
  /:\{asset\/[\w.-]+\}:(meta|code_versions|backfills|settlements)$/,
  /:\{asset\/[\w.-]+\}:registry:[^:]+$/,
  /:\{asset\/[\w.-]+\}:plane:[\d.-]*:(materialized|failed|in_progress):-?\d+$/,
  /:\{asset\/[\w.-]+\}:(records|errors|metadata):[\d.-]*:-?\d+$/,
  /:\{asset\/[\w.-]+\}:ledger:bf_\w+$/,
  /:\{asset\/[\w.-]+\}:ledger:bf_\w+:(selected|culprits)$/,
  /:\{asset\/[\w.-]+\}:ledger:bf_\w+:(queued|settled|failed|skipped):[\d.-]*:-?\d+$/,
  /:\{backfills\}:(index|events)$/,
  /:\{backfills\}:bf_\w+(:log)?$/,
  // BullMQ's own, whatever it processes; a worker that was killed leaves its entry for an hour.
  /:\{pool\/[\w.-]+\}:[\w.-]+:(meta|events|id|marker|stalled-check|pc)$/,
  /:\{workers\}:(index|worker_\w+)$/,
];

/** Nothing is left over. */
export const census: Invariant = {
  id: "I8",
  says: "after the end only documented keys remain: no lease, no lock, no job, no temporary key",
  check({ keys, jobs, assets }) {
    const wrong = keys
      .filter((key) => !documented.some((pattern) => pattern.test(key)))
      .map((key) => `key ${key} is left`);
    for (const job of jobs) wrong.push(`job ${job} is left`);
    for (const { asset, waiters, sessions } of assets) {
      if (waiters > 0) wrong.push(`${asset} has ${waiters} partitions that somebody waits for`);
      if (sessions > 0) wrong.push(`${asset} has ${sessions} sessions though nobody works`);
    }
    return wrong;
  },
};
