import { type RedisTrouble, serviceTroubleText, silence, troubleText } from "./redisTrouble.ts";

/** Milliseconds from the beginning of a wait to its first report. */
const firstMs = 3_000;
/** Milliseconds from one report to the next. */
const againMs = 30_000;

/** A report of a wait for Redis. */
export type RedisWait =
  /** The wait continues; `sinceMs` is epoch milliseconds. */
  | {
      readonly kind: "waiting";
      readonly trouble: RedisTrouble;
      /** The reason and the remedy, in sentences. */
      readonly text: string;
      /** The same for a service's log. */
      readonly serviceText: string;
      readonly sinceMs: number;
      readonly waitedMs: number;
    }
  /** A reported wait is over. */
  | { readonly kind: "over"; readonly waitedMs: number };

/**
 * Receives reports: 3 seconds after a wait began, each 30 seconds while it lasts, and at its end.
 */
export type OnRedisWait = (wait: RedisWait) => void;

/**
 * Tracks why one connection waits: it is down, the server refuses for now, or the server does not
 * answer. The connection reports events and calls `look` often.
 */
export class RedisWaits {
  readonly #listeners = new Set<OnRedisWait>();
  readonly #url: string;
  readonly #now: () => number;
  #down: RedisTrouble | undefined;
  #refused: RedisTrouble | undefined;
  /** Commands that were refused for now and will be sent again. */
  #refusals = 0;
  /** Commands without an answer. */
  #open = 0;
  /** Time of the last answer, or of the first command that was sent while none was open. */
  #heardMs = 0;
  #lookedMs: number | undefined;
  #sinceMs: number | undefined;
  #toldMs: number | undefined;

  constructor(url: string, now: () => number = Date.now) {
    this.#url = url;
    this.#now = now;
  }

  /** The present wait; undefined if there is none. */
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

  /** Records that the connection is down, with the cause if it is known. */
  down(trouble: RedisTrouble | undefined): void {
    this.#down = trouble ?? this.#down ?? silence("the connection is closed");
    this.#sinceMs ??= this.#now();
  }

  /** Records that the connection is ready. */
  up(): void {
    this.#down = undefined;
    this.#heardMs = this.#now();
    this.look();
  }

  /** Records that a command was sent. @returns a function to call when its answer arrives */
  sent(): () => void {
    if (this.#open === 0) this.#heardMs = this.#now();
    this.#open++;
    return () => {
      this.#open--;
      this.#heardMs = this.#now();
      if (this.#sinceMs !== undefined) this.look();
    };
  }

  /**
   * Records that a command was refused. @returns a function to call when it is no longer waiting
   */
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
   * Reports the present wait if a report is due.
   *
   * @param everyMs the interval of the timer that calls this, if one does. A late call means that
   *   the event loop was blocked. Then an answer may still be unread, so the silence is not Redis'
   *   own.
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
