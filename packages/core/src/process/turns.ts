/** Longest time after which another piece of work may begin in the same turn, in milliseconds. */
const mostMs = 8;

/**
 * Divides long computations among the turns of the event loop, so that leases are renewed and
 * settlements read meanwhile. Each piece of work asks for its turn first; pieces that do not fit
 * into this turn run in later ones, first come, first served.
 *
 * A turn lasts as long as this limit plus the longest piece. All pieces of one process share one
 * instance.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  /** When the first piece of the present turn began; undefined if none has. */
  #startMs: number | undefined;

  /** @returns undefined if the work may run now; else a promise to wait for */
  next(): Promise<void> | undefined {
    if (this.#startMs === undefined) {
      this.#startMs = performance.now();
      setImmediate(() => void this.#begin());
    }
    if (this.#waiting.length === 0 && !this.#isOver()) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #isOver(): boolean {
    return this.#startMs !== undefined && performance.now() - this.#startMs >= mostMs;
  }

  /** Begins a turn: lets waiting pieces run until the turn has lasted long enough. */
  async #begin(): Promise<void> {
    if (this.#waiting.length === 0) {
      this.#startMs = undefined;
      return;
    }
    this.#startMs = performance.now();
    setImmediate(() => void this.#begin());
    while (!this.#isOver()) {
      const resume = this.#waiting.shift();
      if (resume === undefined) return;
      resume();
      // The piece runs in microtasks before this continues.
      await Promise.resolve();
    }
  }
}

/** The turns of this process. */
export const turns = new Turns();
