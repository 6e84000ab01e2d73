import { within } from "@infill/core";
import type { Redis } from "ioredis";
import { connectionOptions } from "../redis/redisConnection.ts";
import type { StateStore } from "../store/stateStore.ts";

/** How long streams go unread at the most that nobody announced, in milliseconds. */
const sweepMs = 5_000;

/**
 * The streams that have grown, as transitions announce them (`lua/includes/announce.lua`). Announcements are hints: after a
 * lost connection, and every five seconds, all streams count as grown.
 */
export class GrownStreams {
  readonly #redis: Redis;
  readonly #channel: string;
  readonly #grown = new Set<string>();
  #sweptMs = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;

  constructor(store: StateStore, role: string) {
    this.#channel = store.keys.grownChannel;
    this.#redis = store.redis.duplicate(connectionOptions(`infill:${role}:grown`));
    this.#redis.on("error", () => {});
    this.#redis.on("message", (_channel, key) => {
      this.#grown.add(key);
      this.wake();
    });
    this.#redis.on("ready", () => {
      this.#subscribe();
    });
    // It reconnects by itself until it is closed.
    this.#redis.connect().catch(() => {});
  }

  /** Counts a stream as grown. */
  add(key: string): void {
    this.#grown.add(key);
  }

  /** The streams that have grown since the last call. */
  take(): ReadonlySet<string> | "all" {
    const nowMs = performance.now();
    if (nowMs - this.#sweptMs >= sweepMs) {
      this.#sweptMs = nowMs;
      this.#grown.clear();
      return "all";
    }
    const grown = new Set(this.#grown);
    this.#grown.clear();
    return grown;
  }

  /** Resolves when a stream has grown, all are to be read, at `wake`, or after some milliseconds. */
  async wait(ms: number): Promise<void> {
    const untilSweepMs = this.#sweptMs + sweepMs - performance.now();
    if (this.#grown.size > 0 || untilSweepMs <= 0) return;
    const grown = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await within(Math.min(ms, untilSweepMs), grown);
    this.#wake = undefined;
  }

  wake(): void {
    this.#wake?.();
  }

  close(): void {
    this.#redis.disconnect();
    this.wake();
  }

  #subscribe(): void {
    this.#redis.subscribe(this.#channel).then(
      () => {
        // What was announced before is missed.
        this.#sweptMs = Number.NEGATIVE_INFINITY;
        this.wake();
      },
      // The next connection subscribes again; until then streams are read every few seconds.
      () => {},
    );
  }
}
