import type { Logger } from "@infill/core";
import type { OnRedisWait } from "./redisWait.ts";

/** Writes into a service's log what its connection waits for: one entry after 3 seconds and each 30, one at the end. */
export function logRedisWaits(log: Logger): OnRedisWait {
  return (wait) => {
    if (wait.kind === "over") {
      log.info("Redis answers again", { waitedMs: wait.waitedMs });
      return;
    }
    log.warn(`waiting for Redis: ${wait.serviceText}`, {
      since: new Date(wait.sinceMs).toISOString(),
      waitedMs: wait.waitedMs,
      reason: wait.trouble.name,
    });
  };
}
