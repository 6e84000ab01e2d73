import type { Invariant } from "./invariant.ts";

/** What a claim may take from its grant to the function's start, in milliseconds, on a busy machine. */
const startMs = 500;

/** Nothing starts after a pause or cancel was acknowledged. */
export const controlled: Invariant = {
  id: "I11",
  says: "no function starts between the answer to a pause or cancel and the next call that lets the backfill go on",
  check({ executions, scenario }) {
    const wrong: string[] = [];
    const told = scenario.acknowledgements.toSorted((a, b) => a.atMs - b.atMs);
    for (const [at, { what, backfillId, atMs }] of told.entries()) {
      if (what !== "paused" && what !== "canceled") continue;
      const next = told.slice(at + 1).find((later) => later.backfillId === backfillId);
      const untilMs = next?.what === what ? atMs : (next?.atMs ?? Number.POSITIVE_INFINITY);
      // The call that lets it go on takes effect before its answer.
      const late = executions.filter(
        ({ start }) =>
          start.backfill === backfillId &&
          start.wallMs > atMs + startMs &&
          start.wallMs < untilMs - 1_000,
      );
      if (late.length > 0)
        wrong.push(`${late.length} partitions of ${backfillId} started after it was ${what}`);
    }
    return wrong;
  },
};
