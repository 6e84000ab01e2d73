import type { Execution } from "../evidence.ts";
import type { Invariant } from "./invariant.ts";

/** Nothing succeeded without running to its end. */
export const executed: Invariant = {
  id: "I3",
  says: "every succeeded partition has a completed execution that began after submission, under the attempt on record",
  check({ backfills, assets, executions }) {
    const wrong: string[] = [];
    const byPartition = new Map<string, Execution[]>();
    for (const execution of executions) {
      const { asset, key } = execution.start;
      const name = `${asset} ${key}`;
      const known = byPartition.get(name);
      if (known === undefined) byPartition.set(name, [execution]);
      else known.push(execution);
    }
    for (const { id, detail, ledgers } of backfills) {
      const createdMs = Date.parse(detail.createdAt);
      for (const { asset, succeeded } of ledgers) {
        const records = assets.find((entry) => entry.asset === asset)?.records;
        for (const key of succeeded) {
          // A shared execution may be another backfill's that was under way before.
          const completed = (byPartition.get(`${asset} ${key}`) ?? []).filter(
            ({ start, end }) =>
              end !== undefined && (start.backfill !== id || start.wallMs >= createdMs),
          );
          if (completed.length === 0) {
            wrong.push(`${id} ${asset} ${key} succeeded and was never executed to its end`);
            continue;
          }
          const record = records?.get(key);
          if (record === undefined) {
            wrong.push(`${id} ${asset} ${key} succeeded and has no record`);
            continue;
          }
          const isThere = completed.some(
            ({ start }) => start.attempt === record.attempt && start.backfill === record.backfillId,
          );
          if (!isThere)
            wrong.push(
              `${id} ${asset} ${key} is recorded with attempt ${record.attempt}, which did not complete`,
            );
        }
      }
    }
    return wrong;
  },
};
