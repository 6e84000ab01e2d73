import type { Invariant } from "./invariant.ts";

/** What a claim may take from its grant to the function's start, in milliseconds, on a busy machine. */
const startMs = 500;

/** Nothing starts after a pause or cancel was acknowledged. */
export const controlled: Invariant = {
  id: "I11",
  says: "no function starts between the answer to a pause or cancel and the next call, where no other call was under way",
  check({ executions, scenario }) {
    const wrong: string[] = [];
    for (const told of scenario.acknowledgements) {
      const { what, backfillId, askedMs, atMs } = told;
      if (what !== "paused" && what !== "canceled") continue;
      const others = scenario.acknowledgements.filter(
        (other) => other !== told && other.backfillId === backfillId && other.what !== "created",
      );
      // Which of two calls at once came last, nobody can say from outside.
      if (others.some((other) => other.askedMs <= atMs && other.atMs >= askedMs)) continue;
      const next = others.filter((other) => other.askedMs > atMs).map((other) => other.askedMs);
      const untilMs = Math.min(...next);
      const late = executions.filter(
        ({ start }) =>
          start.backfill === backfillId && start.wallMs > atMs + startMs && start.wallMs < untilMs,
      );
      if (late.length > 0)
        wrong.push(`${late.length} partitions of ${backfillId} started after it was ${what}`);
    }
    return wrong;
  },
};
