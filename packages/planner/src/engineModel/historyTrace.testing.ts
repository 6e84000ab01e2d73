import { createHash } from "node:crypto";
import type { EngineView } from "./engineView.testing.ts";

/** The command that repeats a history alone, on a server of its own. */
export function commandFor(seed: number): string {
  return `Repeat it: INFILL_MODEL_SEED=${seed} INFILL_MODEL_RUNS=1 npx vitest run --project redis firstHistories`;
}

/** A digest of the state in Redis, with jobs in their order. */
export function digestOf({ backfills, claims, settlements, statuses, jobs }: EngineView): string {
  const hash = createHash("sha1");
  hash.update(JSON.stringify([[...jobs], statuses, [...settlements]]));
  hash.update(
    JSON.stringify(
      Array.from(claims, ([{ asset, key }, entry]) => `${asset} ${key} ${entry}`).sort(),
    ),
  );
  for (const [id, { status, standings, controls }] of backfills) {
    const counts = Array.from(
      standings,
      ([{ asset, key }, standing]) => `${asset} ${key} ${standing}`,
    );
    hash.update(JSON.stringify([id, status, counts.sort(), [...controls]]));
  }
  return hash.digest("hex").slice(0, 12);
}
