import { z } from "zod";
import { byOf, type LogEntry, logEntryJson } from "../log/backfillLog.ts";
import { defineScript } from "../redis/script.ts";
import { randomId, type StateStore } from "../store/stateStore.ts";
import { storedJson } from "../redis/unreadable.ts";

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

/** A delivery that this process may work on until its lease ends. */
export interface TakenDelivery {
  readonly kind: "taken";
  /** Names the summary: `<backfill>-<sequence>`, the same at every attempt and for every target. */
  readonly deliveryId: string;
  readonly backfillId: string;
  /** Counts the summaries of the backfill, from 1. */
  readonly sequence: number;
  /** Where it goes; undefined where nobody has said so yet: `expandDelivery`. */
  readonly target: string | undefined;
  readonly taker: string;
  /** From 1, this one included. */
  readonly attempts: number;
  /** When the backfill ended or paused, or reached its alert, epoch milliseconds by Redis' clock; -1 where that cannot be read. */
  readonly atMs: number;
  /** JSON, as it was given with the status. */
  readonly summary: string;
}

/** `dueInMs`: when the next delivery is due; undefined where there is none. */
export type TakeAnswer =
  | TakenDelivery
  | { readonly kind: "none"; readonly dueInMs: number | undefined };

const count = z.string().regex(/^\d{1,15}$/);

/** The fields of a summary that a delivery goes by. Others are for one target each. */
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

/** Takes the delivery that has been due the longest. Nobody else takes it for `leaseMs`. */
export async function takeDelivery(store: StateStore, leaseMs: number): Promise<TakeAnswer> {
  const { keys, redis } = store;
  const taker = randomId("taker");
  const answer = await takeScript(redis, [keys.deliveries], [keys.backfillRoot, taker, leaseMs]);
  if (answer[0] === "none") return { kind: "none", dueInMs: answer[1] < 0 ? undefined : answer[1] };
  const [, member, attempts, atMs, summary] = answer;
  return { kind: "taken", ...partsOf(member), taker, attempts, atMs, summary };
}

/**
 * Says where a summary goes: from then on each target has a delivery of its own.
 *
 * @param targets at most 32 names; none: nobody wants it, and it is forgotten
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

/** What became of an attempt: the target has it, it comes again after a delay, or it is given up. */
export type DeliveryOutcome =
  | { readonly how: "delivered"; readonly log: LogEntry }
  | { readonly how: "again"; readonly delayMs: number; readonly error: string }
  | { readonly how: "parked"; readonly error: string; readonly log: LogEntry };

/** Records an attempt. Calling again, or after the lease has ended and somebody else took it, changes nothing. */
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

/** A summary that some target has not taken. */
export interface WaitingDelivery {
  readonly deliveryId: string;
  readonly backfillId: string;
  /** What it tells: that the backfill has ended, that it paused by itself, or that it fails too much. */
  readonly event: "finished" | "paused" | "failing";
  readonly target: string | undefined;
  readonly isParked: boolean;
  readonly attempts: number;
  /** Of the last attempt; "" where none has failed. */
  readonly error: string;
  /** When it is due, or when it was parked; epoch milliseconds by Redis' clock. */
  readonly atMs: number;
}

/** Summaries that are still to be delivered, then those that were given up, the oldest first; at most `limit` of each. */
export async function readDeliveries(store: StateStore, limit: number): Promise<WaitingDelivery[]> {
  const { keys } = store;
  return [
    ...(await readListed(store, keys.deliveries, limit)),
    ...(await readParkedDeliveries(store, limit)),
  ];
}

/** Summaries that were given up, the oldest first. The newest 1,000 are kept. */
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
      atMs: Number(members[at + 1]),
    });
  }
  return found;
}

/** Deliveries that one call makes due again. */
const redeliveredPerCall = 100;

/**
 * Makes parked deliveries due again, at once and with all their attempts. One that is parked no longer stays as it is.
 *
 * @param by who asks for it and why, for the logs of their backfills
 * @returns those that are due by this call
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

/** Whether some target has yet to take a summary. @param deliveryId `<backfill>-<sequence>` */
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
