import type { WorkerEntry } from "@infill/state";
import type { EntryPage } from "./sharedEntries.ts";

/**
 * Marks of the shared entries. A requested or granted claim is the text "<number> <number of its
 * work> <partition>"; the other entries are JSON.
 */
export const heldMarks = { asked: 1, granted: 2, job: 3, work: 4 } as const;

/** An asset in a backfill whose claims are renewed, with the keys to renew them. */
export interface HeartbeatWork {
  readonly number: number;
  readonly asset: string;
  readonly backfill: string;
  readonly sessions: string;
  readonly ledger: string;
}

/** A BullMQ job whose lock is renewed. */
export interface HeartbeatJob {
  readonly id: string;
  readonly lock: string;
  readonly stalled: string;
  readonly token: string;
}

/** The worker's entry, and the arguments of `lua/write_worker.lua`. */
export interface HeartbeatEntry {
  readonly value: WorkerEntry;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** The thread's start data. */
export interface HeartbeatData {
  readonly url: string;
  readonly connection: Readonly<Record<string, string | number | boolean | null>>;
  readonly session: string;
  readonly leaseMs: number;
  readonly maxBlockedMs: number;
  /**
   * The form of warnings that the thread writes to stderr; `log`: the main thread logs them
   * instead.
   */
  readonly warnings: "log" | "text" | "json";
  readonly scripts: { readonly renew: string; readonly write: string; readonly extend: string };
  /** One 32-bit integer that changes with each turn of the main event loop. */
  readonly turned: SharedArrayBuffer;
  readonly entry: HeartbeatEntry;
  /** Shared memory of the claims and jobs. */
  readonly pages: readonly EntryPage[];
}

/** A message from the main thread to the heartbeat thread. */
export interface ToHeartbeat {
  /** More shared memory for claims and jobs. */
  readonly page?: EntryPage;
  readonly entry?: HeartbeatEntry;
  readonly stop?: true;
}

/** A message from the heartbeat thread to the main thread. */
export type FromHeartbeat =
  /** The claims with these numbers have lapsed after this long without renewal. */
  | {
      readonly kind: "lost";
      readonly asset: string;
      readonly numbers: readonly number[];
      readonly lateMs: number;
    }
  /** The control of a backfill with open claims is `stopping`, `canceling` or `unknown`. */
  | {
      readonly kind: "control";
      readonly asset: string;
      readonly backfill: string;
      readonly control: string;
    }
  /** The main thread turns again. `isTold`: the thread wrote a warning meanwhile. */
  | { readonly kind: "unblocked"; readonly blockedMs: number; readonly isTold: boolean }
  | { readonly kind: "failed"; readonly error: string }
  | { readonly kind: "recovered" };
