import type { Execution } from "../evidence.ts";
import type { Invariant } from "./invariant.ts";

/** One claim a partition: two executions overlap only where a process lost its lease, and the later one counts. */
export const oneClaim: Invariant = {
  id: "I5",
  says: "executions of one partition overlap only where the earlier one's process was cut off past its lease, and no settlement on record is older than the last execution",
  check({ executions, scenario, assets }) {
    const wrong: string[] = [];
    const injected = new Set(
      scenario.roles.filter(({ isInjected }) => isInjected).map(({ process }) => process.pid),
    );
    const byPartition = new Map<string, Execution[]>();
    for (const execution of executions) {
      const name = `${execution.start.asset} ${execution.start.key}`;
      const known = byPartition.get(name);
      if (known === undefined) byPartition.set(name, [execution]);
      else known.push(execution);
    }
    for (const [name, all] of byPartition) {
      const sorted = all.toSorted((a, b) => a.start.monotonicMs - b.start.monotonicMs);
      for (const [at, { start, end }] of sorted.entries()) {
        const next = sorted[at + 1];
        if (next === undefined || injected.has(start.pid)) continue;
        if (end !== undefined && next.start.monotonicMs < end.monotonicMs)
          wrong.push(
            `${name} ran in process ${next.start.pid} while process ${start.pid} still ran it, whose lease was in order`,
          );
      }
    }
    for (const { asset, records } of assets) {
      for (const [key, record] of records) {
        const same = (byPartition.get(`${asset} ${key}`) ?? []).filter(
          ({ start }) => start.backfill === record.backfillId,
        );
        const isRetried = scenario.acknowledgements.some(
          (told) => told.what === "retried" && told.backfillId === record.backfillId,
        );
        const newest = Math.max(0, ...same.map(({ start }) => start.attempt));
        if (!isRetried && newest > record.attempt)
          wrong.push(
            `${asset} ${key} is recorded with attempt ${record.attempt} though attempt ${newest} was started`,
          );
      }
    }
    return wrong;
  },
};
