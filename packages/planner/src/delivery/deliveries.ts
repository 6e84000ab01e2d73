import {
  backfillSummaryFields,
  failingBackfillSchema,
  finishedBackfillSchema,
  limitRepeats,
  type Logger,
  messageOf,
  pause,
  pausedBackfillSchema,
  type Project,
  turns,
  within,
} from "@infill/core";
import {
  expandDelivery,
  settleDelivery,
  type StateStore,
  type TakenDelivery,
  takeDelivery,
} from "@infill/state";
import { z } from "zod";
import type { Summary } from "@infill/planning";
import { type DeliveryTarget, deliveryTargets } from "./deliveryTargets.ts";
import { DeliveryError } from "./deliveryError.ts";

/** Deliveries that one planner works on at once. */
const atOnce = 8;
/** Longest pause between two checks for due deliveries, in milliseconds. */
const lookMs = 5_000;
/** How much longer a lease lasts than a target may take, in milliseconds. */
const spareMs = 2_000;
/** The first and the last pause between attempts, in milliseconds; each is twice the one before. */
const firstPauseMs = 1_000;
const longestPauseMs = 300_000;

/**
 * Delivers the summaries of backfills that have ended, have paused by themselves or fail too often.
 * Each target gets each summary at least once, from any planner.
 *
 * A planner leases a delivery before it works on it, so that another one takes over if it dies. A
 * failed delivery is tried again after longer and longer pauses, and parked after the target's last
 * attempt.
 */
export class Deliveries {
  readonly #store: StateStore;
  readonly #log: Logger;
  readonly #repeated: Logger;
  readonly #targets: ReadonlyMap<string, DeliveryTarget>;
  readonly #leaseMs: number;
  readonly #closing = new AbortController();
  readonly #active = new Set<Promise<void>>();
  #loop: Promise<void> = Promise.resolve();
  #pause = new AbortController();

  /** @throws WebhookSecretMissingError */
  constructor(store: StateStore, project: Project, log: Logger) {
    this.#store = store;
    this.#log = log;
    this.#repeated = limitRepeats(log);
    const targets = deliveryTargets(project, process.env);
    this.#targets = new Map(targets.map((target) => [target.name, target]));
    this.#leaseMs = Math.max(0, ...targets.map(({ timeoutMs }) => timeoutMs)) + spareMs;
  }

  start(): void {
    this.#loop = this.#deliverForEver();
  }

  /** Checks at once for due deliveries. */
  wake(): void {
    this.#pause.abort();
  }

  /** Takes no more deliveries, and gives those under way a short time to end. */
  async close(farewellMs: number): Promise<void> {
    this.#closing.abort();
    this.wake();
    await within(farewellMs, Promise.all([this.#loop, ...this.#active]));
  }

  async #deliverForEver(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      // Created before the check, so that a wake during the check is not lost.
      this.#pause = new AbortController();
      const pauseMs = await this.#look().catch((error: unknown) => {
        this.#repeated.warn("reading due deliveries failed", {
          error: messageOf(error),
        });
        return firstPauseMs;
      });
      if (pauseMs > 0 && !this.#closing.signal.aborted) await pause(pauseMs, this.#pause.signal);
    }
  }

  /** Begins the next delivery. @returns milliseconds until the next check */
  async #look(): Promise<number> {
    if (this.#active.size >= atOnce) return lookMs;
    const taken = await takeDelivery(this.#store, this.#leaseMs);
    if (taken.kind === "none") return Math.min(taken.dueInMs ?? lookMs, lookMs);
    const work = this.#work(taken)
      .catch((error: unknown) => {
        // It becomes due again when its lease ends.
        this.#log.warn("a delivery could not be completed; it is sent again when its lease ends", {
          delivery: taken.deliveryId,
          error: messageOf(error),
        });
      })
      .finally(() => {
        this.#active.delete(work);
        this.wake();
      });
    this.#active.add(work);
    return 0;
  }

  async #work(taken: TakenDelivery): Promise<void> {
    const summary = await summaryOf(taken);
    if (summary === undefined) return this.#giveUpUnreadable(taken);
    if (taken.target === undefined) {
      const targets = [...this.#targets.values()].filter(({ wants }) => wants(summary));
      await expandDelivery(
        this.#store,
        taken,
        targets.map(({ name }) => name),
      );
      return;
    }
    const target = this.#targets.get(taken.target);
    const details = {
      delivery: taken.deliveryId,
      target: taken.target,
      attempts: taken.attempts,
    };
    try {
      if (target === undefined)
        throw new DeliveryError("the project of this planner has no such target");
      await target.deliver(summary);
    } catch (thrown) {
      const error = messageOf(thrown);
      const isLast = taken.attempts >= (target?.maxAttempts ?? 20);
      this.#log.warn(
        isLast ? "a summary cannot be delivered" : "a delivery failed; it will be tried again",
        {
          ...details,
          error,
        },
      );
      await settleDelivery(
        this.#store,
        taken,
        isLast
          ? {
              how: "parked",
              error,
              log: { what: "delivery_parked", details: { ...details, error } },
            }
          : { how: "again", error, delayMs: pauseMs(taken.attempts) },
      );
      return;
    }
    await settleDelivery(this.#store, taken, {
      how: "delivered",
      log: { what: "delivered", details },
    });
  }

  /** Another version may be able to read it, so it is tried a few times before it is parked. */
  async #giveUpUnreadable(taken: TakenDelivery): Promise<void> {
    const { deliveryId: delivery, target = "", attempts } = taken;
    const error = "the stored summary is unreadable";
    const details = { delivery, target, attempts, error };
    this.#repeated.warn("a summary cannot be delivered", details);
    await settleDelivery(
      this.#store,
      taken,
      attempts >= mostUnreadable
        ? { how: "parked", error, log: { what: "delivery_parked", details } }
        : { how: "again", error, delayMs: pauseMs(attempts) },
    );
  }
}

/** Attempts at an unreadable summary before it is parked. */
const mostUnreadable = 10;
/** Most characters of a summary that are read. */
const mostSummaryText = 1_000_000;

function pauseMs(attempts: number): number {
  return Math.min(firstPauseMs * 2 ** Math.min(attempts - 1, 20), longestPauseMs);
}

/** @returns undefined for text that no version writes */
async function summaryOf(taken: TakenDelivery): Promise<Summary | undefined> {
  const { deliveryId, backfillId, sequence, atMs, summary } = taken;
  await turns.next();
  const stored = summary.length > mostSummaryText ? undefined : parsedJson(summary);
  const instant = new Date(atMs);
  if (atMs < 0 || Number.isNaN(instant.getTime())) return undefined;
  const at = instant.toISOString();
  const ids = { deliveryId, backfillId, sequence };
  const assets = await assetsOf(stored);
  if (assets === undefined) return undefined;
  // `assetsOf` has parsed the assets in pieces, since there may be thousands.
  const rest = typeof stored === "object" ? { ...stored, assets: [] } : stored;
  const pause = pausedBackfillSchema.safeParse(rest);
  if (pause.success)
    return { type: "backfill.paused", ...ids, pausedAt: at, ...pause.data, assets: [...assets] };
  const alert = failingBackfillSchema.safeParse(rest);
  if (alert.success)
    return { type: "backfill.failing", ...ids, failingAt: at, ...alert.data, assets: [...assets] };
  const end = finishedBackfillSchema.safeParse(rest);
  return end.success
    ? { type: "backfill.finished", ...ids, finishedAt: at, ...end.data, assets: [...assets] }
    : undefined;
}

const storedAssetsSchema = z.object({ assets: z.array(z.unknown()) });

/** Parses a stored summary's counts by asset, in pieces. */
async function assetsOf(stored: unknown): Promise<Summary["assets"] | undefined> {
  const parsed = storedAssetsSchema.safeParse(stored);
  if (!parsed.success) return undefined;
  const assets: Summary["assets"] = [];
  for (const each of parsed.data.assets) {
    await turns.next();
    const asset = backfillSummaryFields.assets.element.safeParse(each);
    if (!asset.success) return undefined;
    assets.push(asset.data);
  }
  return assets;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
