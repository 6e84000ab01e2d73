import { type RedisTrouble, serviceTroubleText, silence, troubleText } from "./redisTrouble.ts";

/** When a wait is told first, in milliseconds after it began. */
const firstMs = 3_000;
/** When it is told again, in milliseconds after it was told before. */
const againMs = 30_000;

/** What is told of a wait for Redis. */
export type RedisWait =
  /** It goes on; `sinceMs` is epoch milliseconds. */
  | {
      readonly kind: "waiting";
      readonly trouble: RedisTrouble;
      /** What is waited for and what to do about it, in sentences. */
      readonly text: string;
      /** The same for the log of a service. */
      readonly serviceText: string;
      readonly sinceMs: number;
      readonly waitedMs: number;
    }
  /** A wait that was told of is over. */
  | { readonly kind: "over"; readonly waitedMs: number };

/** Hears of waits: 3 seconds after one began, each 30 seconds while it lasts, and when it is over. */
export type OnRedisWait = (wait: RedisWait) => void;

/**
 * What one connection waits for. Three things make it wait: the connection is down, the server refuses for now, or it
 * does not answer at all. Its owner reports what happens and calls `look` often.
 */
export class RedisWaits {
  readonly #listeners = new Set<OnRedisWait>();
  readonly #url: string;
  readonly #now: () => number;
  #down: RedisTrouble | undefined;
  #refused: RedisTrouble | undefined;
  /** Commands that were refused for now and are to be sent again. */
  #refusals = 0;
  /** Commands without an answer. */
  #open = 0;
  /** The last answer, or the first command since there was none open. */
  #heardMs = 0;
  #lookedMs: number | undefined;
  #sinceMs: number | undefined;
  #toldMs: number | undefined;

  constructor(url: string, now: () => number = Date.now) {
    this.#url = url;
    this.#now = now;
  }

  /** What is waited for now; undefined where nothing is. */
  get current():
    | { readonly trouble: RedisTrouble; readonly text: string; readonly sinceMs: number }
    | undefined {
    const trouble = this.#trouble();
    if (trouble === undefined) return undefined;
    const sinceMs = this.#sinceMs ?? this.#heardMs;
    return { trouble, text: troubleText(this.#url, trouble), sinceMs };
  }

  listen(listener: OnRedisWait): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The connection is down, because of this if it is known. */
  down(trouble: RedisTrouble | undefined): void {
    this.#down = trouble ?? this.#down ?? silence("the connection is closed");
    this.#sinceMs ??= this.#now();
  }

  /** The connection is there. */
  up(): void {
    this.#down = undefined;
    this.#heardMs = this.#now();
    this.look();
  }

  /** A command was sent. @returns to be called at its answer */
  sent(): () => void {
    if (this.#open === 0) this.#heardMs = this.#now();
    this.#open++;
    return () => {
      this.#open--;
      this.#heardMs = this.#now();
      if (this.#sinceMs !== undefined) this.look();
    };
  }

  /** A command was refused for now. @returns to be called when it is no longer waited for */
  refused(trouble: RedisTrouble): () => void {
    this.#refusals++;
    this.#refused = trouble;
    this.#sinceMs ??= this.#now();
    return () => {
      this.#refusals--;
      if (this.#refusals === 0) this.#refused = undefined;
      this.look();
    };
  }

  /**
   * Tells what is to be told now.
   *
   * @param everyMs how often this is called, where a timer does. When it comes late the event loop was blocked, and an
   * answer may lie there unread: that is no silence of Redis.
   */
  look(everyMs?: number): void {
    const nowMs = this.#now();
    if (everyMs !== undefined) {
      const lateMs = nowMs - (this.#lookedMs ?? nowMs) - everyMs;
      if (lateMs > everyMs) this.#heardMs = Math.min(nowMs, this.#heardMs + lateMs);
      this.#lookedMs = nowMs;
    }
    const trouble = this.#trouble();
    if (trouble === undefined) {
      if (this.#toldMs !== undefined && this.#sinceMs !== undefined)
        this.#tell({ kind: "over", waitedMs: nowMs - this.#sinceMs });
      this.#sinceMs = undefined;
      this.#toldMs = undefined;
      return;
    }
    this.#sinceMs ??= this.#heardMs;
    const dueMs = this.#toldMs === undefined ? this.#sinceMs + firstMs : this.#toldMs + againMs;
    if (nowMs < dueMs) return;
    this.#toldMs = nowMs;
    const sinceMs = this.#sinceMs;
    const text = troubleText(this.#url, trouble);
    const serviceText = serviceTroubleText(this.#url, trouble);
    this.#tell({ kind: "waiting", trouble, text, serviceText, sinceMs, waitedMs: nowMs - sinceMs });
  }

  #trouble(): RedisTrouble | undefined {
    if (this.#down !== undefined) return this.#down;
    if (this.#refused !== undefined) return this.#refused;
    const isSilent = this.#open > 0 && this.#now() - this.#heardMs >= firstMs;
    return isSilent ? silence("no answer") : undefined;
  }

  #tell(wait: RedisWait): void {
    for (const listener of this.#listeners) listener(wait);
  }
}
