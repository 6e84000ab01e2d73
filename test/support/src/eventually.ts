import { setTimeout as delay } from "node:timers/promises";

/** How long `eventually` asks, and how often. */
export interface EventuallyOptions {
  /** When to give up, in milliseconds; 30,000 unless given. */
  readonly timeoutMs?: number;
  /** Time between two questions, in milliseconds; 20 unless given. */
  readonly intervalMs?: number;
  /** What is waited for, for the message when it never comes. */
  readonly what?: string;
}

/**
 * Waits until a condition holds, by asking again and again.
 *
 * @param condition holds when it gives anything truthy; a throw (a failed `expect`, say) counts as "not yet"
 * @returns what the condition gave
 * @throws an Error after `timeoutMs`, with the last throw of the condition as its cause
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<T> {
  const { timeoutMs = 30_000, intervalMs = 20, what = "the condition" } = options;
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    let failure: unknown;
    try {
      const answer = await condition();
      if (answer) return answer;
    } catch (error) {
      failure = error;
    }
    if (performance.now() >= deadlineMs) {
      const detail = failure instanceof Error ? `: ${failure.message}` : "";
      throw new Error(`Waited ${timeoutMs} ms in vain for ${what}${detail}`, { cause: failure });
    }
    await delay(intervalMs);
  }
}
