/** Adds up the time in which functions run: two that run at once count twice. */
export class BusyTime {
  /** Functions that have ended. */
  ended = 0;
  #running = 0;
  #totalMs = 0;
  #sinceMs = 0;

  begin(nowMs: number): void {
    this.#advance(nowMs);
    this.#running++;
  }

  end(nowMs: number): void {
    this.#advance(nowMs);
    this.#running--;
    this.ended++;
  }

  /** The sum until now, of what still runs too. */
  untilMs(nowMs: number): number {
    this.#advance(nowMs);
    return this.#totalMs;
  }

  #advance(nowMs: number): void {
    this.#totalMs += this.#running * (nowMs - this.#sinceMs);
    this.#sinceMs = nowMs;
  }
}
