import { z } from "zod";
import { byOf, type LogEntry, logEntryJson } from "../log/backfillLog.ts";
import { defineScript } from "../redis/script.ts";
import { randomId, type StateStore } from "../store/stateStore.ts";
import { storedJson } from "../redis/unreadable.ts";
import { storedInstantOf } from "../redis/storedInstantOf.ts";

const takeScript = defineScript(
  "take_delivery",
  z.union([
    z.tuple([z.literal("taken"), z.string(), z.int(), z.number(), z.string()]),
    z.tuple([z.literal("none"), z.number()]),
  ]),
);
const expandScript = defineScript(
  "expand_delivery",
  z.union([z.tuple([z.literal("expanded"), z.int()]), z.tuple([z.literal("lost")])]),
);
const redeliverScript = defineScript(
  "redeliver_parked",
  z.tuple([z.literal("redelivered")], z.string()),
);
const settleScript = defineScript("settle_delivery", z.tuple([z.enum(["settled", "lost"])]));

/** A delivery that this process has leased. */
export interface TakenDelivery {
  readonly kind: "taken";
  /** The summary's name, `<backfill>-<sequence>`: equal for every attempt and target. */
  readonly deliveryId: string;
  readonly backfillId: string;
  /** Counts the summaries of the backfill, from 1. */
  readonly sequence: number;
  /** The target's name; undefined before `expandDelivery`. */
  readonly target: string | undefined;
  readonly taker: string;
  /** From 1, including this one. */
  readonly attempts: number;
  /**
   * When the backfill ended, paused or reached its alert, epoch milliseconds by Redis' clock; -1 if
   * unreadable.
   */
  readonly atMs: number;
  /** The JSON that was given with the status. */
  readonly summary: string;
}

/** `dueInMs`: milliseconds until the next delivery is due; undefined if there is none. */
export type TakeAnswer =
  | TakenDelivery
  | { readonly kind: "none"; readonly dueInMs: number | undefined };

const count = z.string().regex(/^\d{1,15}$/);

/** The common fields of a summary. All other fields belong to one target each. */
export const storedSummarySchema = z
  .looseObject({
    summary: z
      .string()
      .refine((text) => z.record(z.string(), z.unknown()).safeParse(storedJson(text)).success),
    status: z.string(),
    finished: count,
    left: count.optional(),
  })
  .check(({ value, issues }) => {
    for (const [field, text] of Object.entries(value))
      if (field.startsWith("attempts ") && !count.safeParse(text).success)
        issues.push({ code: "custom", path: [field], input: text, message: "expected a number" });
  });

/** Takes the delivery that has been due for the longest time, under a lease of `leaseMs`. */
export async function takeDelivery(store: StateStore, leaseMs: number): Promise<TakeAnswer> {
  const { keys, redis } = store;
  const taker = randomId("taker");
  const answer = await takeScript(redis, [keys.deliveries], [keys.backfillRoot, taker, leaseMs]);
  if (answer[0] === "none") return { kind: "none", dueInMs: answer[1] < 0 ? undefined : answer[1] };
  const [, member, attempts, atMs, summary] = answer;
  return { kind: "taken", ...partsOf(member), taker, attempts, atMs, summary };
}

/**
 * Replaces a delivery by one for each target.
 *
 * @param targets at most 32 names; none deletes the summary
 */
export async function expandDelivery(
  store: StateStore,
  delivery: TakenDelivery,
  targets: readonly string[],
): Promise<void> {
  const { keys, redis } = store;
  const args = [keys.backfillRoot, delivery.deliveryId, delivery.taker, ...targets];
  await expandScript(redis, [keys.deliveries], args);
}

/** The result of an attempt: delivered, again after a delay, or parked. */
export type DeliveryOutcome =
  | { readonly how: "delivered"; readonly log: LogEntry }
  | { readonly how: "again"; readonly delayMs: number; readonly error: string }
  | { readonly how: "parked"; readonly error: string; readonly log: LogEntry };

/**
 * Records the result of an attempt. A second call, or a call after another process has taken the
 * delivery, changes nothing.
 */
export async function settleDelivery(
  store: StateStore,
  delivery: TakenDelivery,
  outcome: DeliveryOutcome,
): Promise<void> {
  const { keys, redis } = store;
  await settleScript(
    redis,
    [keys.deliveries, keys.parkedDeliveries],
    [
      keys.backfillRoot,
      memberOf(delivery),
      delivery.taker,
      outcome.how,
      outcome.how === "again" ? outcome.delayMs : 0,
      outcome.how === "delivered" ? "" : outcome.error.slice(0, 300),
      outcome.how === "again" ? "" : logEntryJson(outcome.log),
    ],
  );
}

/** A summary that a target has not accepted yet. */
export interface WaitingDelivery {
  readonly deliveryId: string;
  readonly backfillId: string;
  /** The backfill has ended, has paused by itself, or fails too often. */
  readonly event: "finished" | "paused" | "failing";
  readonly target: string | undefined;
  readonly isParked: boolean;
  readonly attempts: number;
  /** Error of the last attempt; "" if none has failed. */
  readonly error: string;
  /** When it is due, or when it was parked; epoch milliseconds by Redis' clock. */
  readonly atMs: number;
}

/** Deliveries that are due, then parked ones, oldest first; at most `limit` of each. */
export async function readDeliveries(store: StateStore, limit: number): Promise<WaitingDelivery[]> {
  const { keys } = store;
  return [
    ...(await readListed(store, keys.deliveries, limit)),
    ...(await readParkedDeliveries(store, limit)),
  ];
}

/** Parked deliveries, oldest first. Redis keeps the newest 1,000. */
export function readParkedDeliveries(store: StateStore, limit: number): Promise<WaitingDelivery[]> {
  return readListed(store, store.keys.parkedDeliveries, limit);
}

async function readListed(
  store: StateStore,
  key: string,
  limit: number,
): Promise<WaitingDelivery[]> {
  const { keys, redis } = store;
  const found: WaitingDelivery[] = [];
  const members = await redis.zrange(key, 0, String(limit - 1), "WITHSCORES");
  for (let at = 0; at + 1 < members.length; at += 2) {
    const member = members[at] ?? "";
    const { deliveryId, backfillId, sequence, target } = partsOf(member);
    const [status, attempts, error] = await redis.hmget(
      keys.summary(backfillId, sequence),
      "status",
      `attempts ${member}`,
      `error ${member}`,
    );
    found.push({
      deliveryId,
      backfillId,
      event: status === "paused" || status === "failing" ? status : "finished",
      target,
      isParked: key === keys.parkedDeliveries,
      attempts: /^\d{1,9}$/.test(attempts ?? "") ? Number(attempts) : 0,
      error: error ?? "",
      atMs: storedInstantOf(members[at + 1]),
    });
  }
  return found;
}

/** Deliveries that one call makes due again. */
const redeliveredPerCall = 100;

/**
 * Makes parked deliveries due now, with all attempts before them again. Leaves a delivery alone
 * that is no longer parked.
 *
 * @param by who asks and why, for the logs of their backfills
 * @returns the deliveries that this call made due
 */
export async function redeliverParked(
  store: StateStore,
  deliveries: readonly WaitingDelivery[],
  by: Pick<LogEntry, "actor" | "reason">,
): Promise<WaitingDelivery[]> {
  const { keys, redis } = store;
  const due: WaitingDelivery[] = [];
  for (let first = 0; first < deliveries.length; first += redeliveredPerCall) {
    const page = deliveries.slice(first, first + redeliveredPerCall);
    const [, ...members] = await redeliverScript(
      redis,
      [keys.deliveries, keys.parkedDeliveries],
      [
        keys.backfillRoot,
        ...page.flatMap((delivery) => {
          const { deliveryId, target, attempts, error } = delivery;
          const details = { delivery: deliveryId, target: target ?? "", attempts, error };
          const entry = { what: "delivery_requested", ...byOf(by), details };
          return [memberOf(delivery), logEntryJson(entry)];
        }),
      ],
    );
    const again = new Set(members);
    due.push(...page.filter((delivery) => again.has(memberOf(delivery))));
  }
  return due;
}

/** Whether some target has not accepted a summary yet. @param deliveryId `<backfill>-<sequence>` */
export async function isUndelivered(store: StateStore, deliveryId: string): Promise<boolean> {
  const { backfillId, sequence } = partsOf(deliveryId);
  if (!Number.isSafeInteger(sequence)) return false;
  return (await store.redis.exists(store.keys.summary(backfillId, sequence))) === 1;
}

function memberOf({ deliveryId, target }: Pick<TakenDelivery, "deliveryId" | "target">): string {
  return target === undefined ? deliveryId : `${deliveryId} ${target}`;
}

function partsOf(
  member: string,
): Pick<TakenDelivery, "deliveryId" | "backfillId" | "sequence" | "target"> {
  const space = member.indexOf(" ");
  const deliveryId = space < 0 ? member : member.slice(0, space);
  const dash = deliveryId.lastIndexOf("-");
  return {
    deliveryId,
    backfillId: deliveryId.slice(0, dash),
    sequence: Number(deliveryId.slice(dash + 1)),
    target: space < 0 ? undefined : member.slice(space + 1),
  };
}
