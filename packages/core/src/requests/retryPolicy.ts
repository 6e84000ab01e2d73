import { z } from "zod";

/** How often a failed partition is started again, and after what delay. */
export const retryPolicySchema = z.strictObject({
  /** Starts in all, including the first. */
  maxAttempts: z.int().min(1).max(100).default(3),
  /** Delay before the second attempt, in milliseconds; doubles with each further one. */
  backoffMs: z.int().min(0).max(86_400_000).default(1_000),
  /** The delay never exceeds this, in milliseconds. */
  maxBackoffMs: z.int().min(0).max(86_400_000).default(300_000),
});

export type RetryPolicy = z.input<typeof retryPolicySchema>;
export type ResolvedRetryPolicy = z.output<typeof retryPolicySchema>;

/**
 * The delay before the attempt after `attempt`, in milliseconds. Takes up to 20 % off at random, so
 * that partitions that failed together do not restart together.
 *
 * @param random in [0, 1)
 */
export function retryDelayMs(policy: ResolvedRetryPolicy, attempt: number, random: number): number {
  const full = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (1 - 0.2 * random));
}
