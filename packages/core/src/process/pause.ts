import { setTimeout as delay } from "node:timers/promises";

/** Waits so many milliseconds, or until the signal, whichever comes first. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
