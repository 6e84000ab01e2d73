import { z } from "zod";
import { readClaims } from "../claims/claimEntry.ts";
import { readOverruns } from "./overruns.ts";
import { holderName, holdersPerCall, parseHolder } from "./permits.ts";
import { defineScript } from "../redis/script.ts";
import { lapseSessions } from "../processes/sessions.ts";
import type { StateStore } from "../store/stateStore.ts";
import { blockedMsOfSessions, redisTimeMs } from "../processes/workerRegistry.ts";

const script = defineScript("review_permits", z.tuple([z.literal("reviewed"), z.int()]));

/** Milliseconds until the next review of a running claim. */
const nextReviewMs = 2_000;

/**
 * Takes back the permits of claims that ended without returning them, such as those of a dead
 * worker. First lapses every claim of sessions whose lease is over, so that their workers can
 * settle nothing any more. Then takes the permits of holders without a running claim. An overrun
 * keeps its permits while its process lives, and so does a claim whose process is blocked: it
 * cannot have stopped. Reviews the holders that are due, in pages.
 *
 * @param againMs until the next review of a running claim, in milliseconds
 * @returns how many claims lost their permits
 */
export async function reviewPermits(
  store: StateStore,
  againMs: number = nextReviewMs,
): Promise<number> {
  const { keys, redis } = store;
  const nowMs = await redisTimeMs(store);
  let dropped = 0;
  const overruns = new Set((await readOverruns(store)).map(holderName));
  for (;;) {
    const due = await redis.zrangebyscore(
      keys.permitHolders,
      "-inf",
      nowMs,
      "WITHSCORES",
      "LIMIT",
      0,
      holdersPerCall,
    );
    if (due.length === 0) return dropped;
    const holders = pairs(due).map(([name, score]) => ({ name, score, ...parseHolder(name) }));
    const args: (string | number)[] = [];
    for (const asset of new Set(holders.map((holder) => holder.asset))) {
      const mine = holders.filter((holder) => holder.asset === asset);
      await lapseSessions(store, asset);
      const claims = await readClaims(store, asset, mine);
      const blockedMs = await blockedMsOfSessions(
        store,
        mine.map(({ session }) => session),
      );
      for (const [index, { name, score, session, claimNumber }] of mine.entries()) {
        const claim = claims[index];
        const isRunning =
          claim?.state === "running" &&
          claim.session === session &&
          claim.claimNumber === claimNumber;
        const goesOn = overruns.has(name) || (blockedMs[index] ?? 0) > 0;
        args.push(name, score, isRunning || goesOn ? "running" : "ended");
      }
    }
    const [, count] = await script(
      redis,
      [keys.permitHolders, keys.permitsHeld],
      [keys.permits, againMs, ...args],
    );
    dropped += count;
    if (holders.length < holdersPerCall) return dropped;
  }
}

function pairs(list: readonly string[]): [string, string][] {
  return Array.from({ length: list.length / 2 }, (_, at) => [
    list[2 * at] ?? "",
    list[2 * at + 1] ?? "",
  ]);
}
