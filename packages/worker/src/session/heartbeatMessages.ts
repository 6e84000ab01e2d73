import type { WorkerEntry } from "@infill/state";
import type { EntryPage } from "./sharedEntries.ts";

/**
 * Marks of the entries that both threads see. A claim that Redis was asked for, and one that it granted, is the text
 * "<number> <number of its work> <partition>"; the others are JSON.
 */
export const heldMarks = { asked: 1, granted: 2, job: 3, work: 4 } as const;

/** An asset in a backfill of which claims are prolonged, with the keys that this takes. */
export interface HeartbeatWork {
  readonly number: number;
  readonly asset: string;
  readonly backfill: string;
  readonly sessions: string;
  readonly ledger: string;
}

/** A job of BullMQ whose lock is to be prolonged. */
export interface HeartbeatJob {
  readonly id: string;
  readonly lock: string;
  readonly stalled: string;
  readonly token: string;
}

/** The worker's entry, and what `lua/write_worker.lua` is called with. */
export interface HeartbeatEntry {
  readonly value: WorkerEntry;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** What the thread starts with. */
export interface HeartbeatData {
  readonly url: string;
  readonly connection: Readonly<Record<string, string | number | boolean | null>>;
  readonly session: string;
  readonly leaseMs: number;
  readonly maxBlockedMs: number;
  /** How the thread writes warnings itself, to stderr; `log`: it leaves them to the main thread. */
  readonly warnings: "log" | "text" | "json";
  readonly scripts: { readonly renew: string; readonly write: string; readonly extend: string };
  /** One 32-bit integer that changes when the main thread's event loop turns. */
  readonly turned: SharedArrayBuffer;
  readonly entry: HeartbeatEntry;
  /** Memory that holds claims and jobs. */
  readonly pages: readonly EntryPage[];
}

/** What the main thread tells the other. */
export interface ToHeartbeat {
  /** More memory that holds claims and jobs. */
  readonly page?: EntryPage;
  readonly entry?: HeartbeatEntry;
  readonly stop?: true;
}

/** What the thread tells the main thread. */
export type FromHeartbeat =
  /** The claims with these numbers have lapsed: for so long they were not prolonged. */
  | {
      readonly kind: "lost";
      readonly asset: string;
      readonly numbers: readonly number[];
      readonly lateMs: number;
    }
  /** A backfill that claims serve is `stopping`, `canceling` or `unknown`. */
  | {
      readonly kind: "control";
      readonly asset: string;
      readonly backfill: string;
      readonly control: string;
    }
  /** The main thread turns again. `isTold`: a warning was written while it did not. */
  | { readonly kind: "unblocked"; readonly blockedMs: number; readonly isTold: boolean }
  | { readonly kind: "failed"; readonly error: string }
  | { readonly kind: "recovered" };
