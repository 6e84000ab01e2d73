/** How long the work of one turn may have taken when another piece of it begins, in milliseconds. */
const mostMs = 8;

/**
 * Divides work that needs no waiting among the turns of the event loop, so that leases are renewed and settlements are
 * heard while much is to be planned. Each piece of work asks for its turn first; one that does not fit into this turn is
 * done in a later one, in the order in which it was asked for.
 *
 * A turn lasts as long as this plus the longest piece. All pieces of one process share one instance.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  /** When the present turn's first piece began; undefined where none has. */
  #startMs: number | undefined;

  /** @returns undefined where the work may be done at once, without a turn's delay; else what to wait for */
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

  /** Begins a turn: lets those go on that wait, until it has lasted long enough. */
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
      // Its work is done in microtasks, before this goes on.
      await Promise.resolve();
    }
  }
}

/** The turns of this process. */
export const turns = new Turns();
