import type { RandomBytes } from "@infill/core";
import type { OnRedisWait } from "@infill/state";
import { z } from "zod";

const isFunction = (value: unknown): boolean => typeof value === "function";

/** Where Redis is, and what tests replace. */
export const connectOptionsSchema = z.strictObject({
  /**
   * Default: the environment's REDIS_URL, then the project's `redisUrl`, then
   * redis://127.0.0.1:6379.
   */
  redisUrl: z.string().optional(),
  /**
   * How long a call waits for a Redis that is away or says "not now", in milliseconds, from 0;
   * default: Infinity. A watch has no limit.
   */
  redisPatienceMs: z
    .union([z.literal(Number.POSITIVE_INFINITY), z.number().min(0)], {
      error: "expected a number from 0, or Infinity",
    })
    .optional(),
  /** Receives reports of waits: after 3 seconds, each 30 seconds, and when Redis answers again. */
  onRedisWait: z.custom<OnRedisWait>(isFunction, "expected a function").optional(),
  /** Epoch milliseconds; default: the machine's clock. */
  now: z.custom<() => number>(isFunction, "expected a function").optional(),
  /**
   * Source of the random bits of backfill ids, for reproducible tests; default: the machine's
   * source.
   */
  randomBytes: z.custom<RandomBytes>(isFunction, "expected a function").optional(),
});
/** What a caller writes. */
export type ConnectOptions = z.input<typeof connectOptionsSchema>;
