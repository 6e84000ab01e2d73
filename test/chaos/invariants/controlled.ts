import type { Evidence } from "../evidence.ts";
import type { Invariant } from "./invariant.ts";

/** What a claim that nobody saw may take from its grant to the function's start, in milliseconds, on a busy machine. */
const startMs = 500;

/** Nothing is claimed after a pause or cancel was acknowledged. */
export const controlled: Invariant = {
  id: "I11",
  says: "nothing is claimed between the answer to a pause or cancel and the next call, where no other call was under way",
  check(evidence) {
    const wrong: string[] = [];
    const { acknowledgements } = evidence.scenario;
    const grants = grantsByBackfill(evidence);
    for (const told of acknowledgements) {
      const { what, backfillId, askedMs, atMs } = told;
      if (what !== "paused" && what !== "canceled") continue;
      const others = acknowledgements.filter(
        (other) => other !== told && other.backfillId === backfillId && other.what !== "created",
      );
      // Which of two calls at once came last, nobody can say from outside.
      if (others.some((other) => other.askedMs <= atMs && other.atMs >= askedMs)) continue;
      const next = others.filter((other) => other.askedMs > atMs).map((other) => other.askedMs);
      const untilMs = Math.min(...next);
      const late = (grants.get(backfillId) ?? []).filter(
        ({ earliestMs, latestMs }) => earliestMs > atMs && latestMs < untilMs,
      );
      const [first] = late;
      if (first !== undefined)
        wrong.push(
          `${late.length} partitions of ${backfillId} were claimed after it was ${what}, ${first.name} ${first.earliestMs - atMs} ms after`,
        );
    }
    return wrong;
  },
};

interface Grant {
  /** Asset and key. */
  readonly name: string;
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** When claims were granted, by Redis' clock; where the observer saw none for an execution, between when it can have been. */
function grantsByBackfill({ executions, scenario, keyOf }: Evidence): Map<string, Grant[]> {
  const grants = new Map<string, Grant[]>();
  const add = (backfillId: string, grant: Grant) => {
    const known = grants.get(backfillId);
    if (known === undefined) grants.set(backfillId, [grant]);
    else known.push(grant);
  };
  const seen = new Set<string>();
  for (const {
    asset,
    place,
    backfillId,
    attempt,
    grantedMs,
  } of scenario.observer.claims.values()) {
    if (grantedMs === 0) continue;
    const colon = place.lastIndexOf(":");
    const key = keyOf(asset, place.slice(0, colon), Number(place.slice(colon + 1)));
    seen.add(`${backfillId} ${asset} ${key} ${attempt}`);
    add(backfillId, { name: `${asset} ${key}`, earliestMs: grantedMs, latestMs: grantedMs });
  }
  for (const { start } of executions) {
    const { backfill, asset, key, attempt, wallMs } = start;
    if (seen.has(`${backfill} ${asset} ${key} ${attempt}`)) continue;
    add(backfill, { name: `${asset} ${key}`, earliestMs: wallMs - startMs, latestMs: wallMs });
  }
  return grants;
}
