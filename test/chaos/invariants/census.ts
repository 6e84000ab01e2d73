import type { Invariant } from "./invariant.ts";

/** Keys that are there only while something runs. */
const passing = [
  /:\{backfills\}:bf_\w+:lease$/,
  /:scratch(:taken)?$/,
  // BullMQ's: jobs and their locks, and the lists that hold them, which vanish when they are empty.
  /:\{pool\/[\w.-]+\}:[\w.-]+:(wait|paused|active|prioritized|delayed|completed|failed|stalled)$/,
  /:\{pool\/[\w.-]+\}:[\w.-]+:bf_/,
  /:\{permits\}:(scope|line|holders|held)/,
];

/** Nothing is left over. That all other keys are documented ones is the doctor's to say. */
export const census: Invariant = {
  id: "I8",
  says: "after the end only documented keys remain: no lease, no lock, no job, no temporary key",
  check({ keys, jobs, assets, doctor }) {
    const wrong = keys
      .filter((key) => passing.some((pattern) => pattern.test(key)))
      .map((key) => `key ${key} is left`);
    for (const { check, redisKey } of doctor.findings)
      if (check === "key_unknown")
        wrong.push(`key ${redisKey} is of no pattern that is documented`);
    for (const job of jobs) wrong.push(`job ${job} is left`);
    for (const { asset, waiters, sessions } of assets) {
      if (waiters > 0) wrong.push(`${asset} has ${waiters} partitions that somebody waits for`);
      if (sessions > 0) wrong.push(`${asset} has ${sessions} sessions though nobody works`);
    }
    return wrong;
  },
};
