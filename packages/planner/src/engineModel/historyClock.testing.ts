import type { EngineClock } from "../backfillRun/engineClock.ts";

interface Pause {
  readonly dueMs: number;
  end(): void;
}

/** The clock of one planner of a history. It stands still until the history moves it. */
export class HistoryClock implements EngineClock {
  #nowMs = 0;
  readonly #pauses = new Set<Pause>();

  nowMs(): number {
    return this.#nowMs;
  }

  async pause(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        this.#pauses.delete(pause);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const pause = { dueMs: this.#nowMs + ms, end };
      this.#pauses.add(pause);
      signal.addEventListener("abort", end);
    });
  }

  /** Moves the clock, and ends the pauses that are due by then, the earliest first. */
  advance(ms: number): void {
    this.#nowMs += ms;
    const due = [...this.#pauses].filter(({ dueMs }) => dueMs <= this.#nowMs);
    for (const pause of due.sort((one, other) => one.dueMs - other.dueMs)) pause.end();
  }
}
