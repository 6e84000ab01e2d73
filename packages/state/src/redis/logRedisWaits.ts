import type { Logger } from "@infill/core";
import type { OnRedisWait } from "./redisWait.ts";

/**
 * Logs a service's waits for Redis: one entry after 3 seconds, one each 30 seconds, one at the end.
 */
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
