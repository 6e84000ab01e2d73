import { setTimeout as delay } from "node:timers/promises";

/** Waits this many milliseconds, or until the signal if that comes first. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
