import { refusals } from "../figures.ts";
import { lateSettlements } from "./lateSettlements.ts";
import type { Invariant } from "./invariant.ts";

/** A settlement is accepted once. */
export const settledOnce: Invariant = {
  id: "I4",
  says: "accepted settlements in the stream are the settled partitions, one each, and refused ones are marked as such; what was retried on request succeeded once",
  check(evidence) {
    const { backfills, scenario, executions, keyOf } = evidence;
    const started = new Set(executions.map(({ start }) => `${start.asset} ${start.key}`));
    const wrong = lateSettlements({
      logs: scenario.roles.map(({ process }) => process.stdout),
      marked: refusals(evidence),
      judged: new Set(backfills.map(({ id }) => id)),
      started: new Set(
        executions.map(({ start }) => `${start.backfill} ${start.asset} ${start.key}`),
      ),
    });
    const times = new Map<string, number>();
    for (const { event } of scenario.observer.settlements) {
      const { change, asset, lane, backfillId } = event;
      if (change.kind !== "succeeded" && change.kind !== "failed") continue;
      for (const ordinal of change.ordinals) {
        for (const what of [change.kind, "settled"]) {
          const name = `${backfillId} ${asset} ${keyOf(asset, lane, ordinal)} ${what}`;
          times.set(name, (times.get(name) ?? 0) + 1);
        }
      }
    }
    for (const { id, ledgers } of backfills) {
      const isRetried = scenario.acknowledgements.some(
        (told) => told.what === "retried" && told.backfillId === id,
      );
      for (const { asset, succeeded, failed, selected } of ledgers) {
        for (const key of selected) {
          const name = `${id} ${asset} ${key}`;
          const count = times.get(`${name} ${isRetried ? "succeeded" : "settled"}`) ?? 0;
          // What failed because it is gone was settled without a start.
          const isStarted = started.has(`${asset} ${key}`);
          const expected = succeeded.has(key) || (failed.has(key) && isStarted) ? 1 : 0;
          if (isRetried ? count > 1 : count !== expected)
            wrong.push(
              `${name} settled ${count} times in the stream and ${expected} times in the ledger`,
            );
        }
      }
    }
    return wrong;
  },
};
