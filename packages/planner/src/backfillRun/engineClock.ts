import { pause } from "@infill/core";

/** The time that a planner lives by. A test gives one that it moves by hand. */
export interface EngineClock {
  /** Milliseconds since some moment; it goes on while the process stands still. */
  nowMs(): number;
  /** Waits so many milliseconds, or until the signal, whichever comes first. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/** The system's monotonic clock. */
export const engineClock: EngineClock = { nowMs: () => performance.now(), pause };
