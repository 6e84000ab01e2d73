import { createHash } from "node:crypto";
import { backfillIdPattern } from "@infill/core";
import { InfillError } from "@infill/partitions";
import { z } from "zod";
import { dynamicRevisionsSchema, type PlanMoment } from "../dynamic/dynamicKeySets.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { StateUnreadableError, storedJson } from "../redis/unreadable.ts";

/** How long an idempotency key belongs to its backfill, in milliseconds. */
export const submissionKeptMs = 86_400_000;

/** Another request has used this idempotency key. */
export class IdempotencyConflictError extends InfillError {
  readonly code = "INFILL_IDEMPOTENCY_CONFLICT";
  readonly idempotencyKey: string;
  readonly backfillId: string;

  constructor(idempotencyKey: string, backfillId: string) {
    super(
      `The idempotency key ${JSON.stringify(idempotencyKey.slice(0, 80))} belongs to another request, which made ${backfillId}: ` +
        "use a new key for a new request, or repeat that request exactly.",
    );
    this.idempotencyKey = idempotencyKey;
    this.backfillId = backfillId;
  }
}

/** The backfill that an idempotency key belongs to, and the moment of its plan. */
export interface Submission extends PlanMoment {
  readonly backfillId: string;
  /** The assets that get a ledger, in topological order. */
  readonly assets: readonly string[];
}

const reply = z.union([
  z.tuple([z.literal("unreadable")]),
  z.tuple([z.literal("reserved"), z.string(), z.string(), z.string(), z.string()]),
  z.tuple([z.literal("conflict"), z.string()]),
]);
const reserveScript = defineScript("reserve_submission", reply);
const assetsSchema = z.array(z.string());

/** A short name for a text: the first 128 bits of its SHA-256. */
export function textDigest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

/**
 * Binds an idempotency key to a submission, or finds the submission that has it.
 *
 * @param request text that is equal for equal requests
 * @returns the submission that has the key: this one, or an earlier one with an equal request
 * @throws IdempotencyConflictError, StateUnreadableError
 */
export async function reserveSubmission(
  store: StateStore,
  idempotencyKey: string,
  request: string,
  submission: Submission,
): Promise<Submission> {
  const answer = await reserveScript(
    store.redis,
    [store.keys.submission(textDigest(idempotencyKey))],
    [
      textDigest(request),
      submission.backfillId,
      submission.plannedMs,
      JSON.stringify(submission.assets),
      submission.dynamic === undefined ? "" : JSON.stringify(submission.dynamic),
      submissionKeptMs,
    ],
  );
  if (answer[0] === "unreadable") throw unreadableSubmission(idempotencyKey);
  if (answer[0] === "conflict") throw new IdempotencyConflictError(idempotencyKey, answer[1]);
  const [, backfill, planned, assets, dynamic] = answer;
  return submissionOf(idempotencyKey, { backfill, planned, assets, dynamic });
}

/**
 * The submission that has an idempotency key.
 *
 * @returns undefined if nobody has used the key
 * @throws IdempotencyConflictError if another request has; StateUnreadableError
 */
export async function readSubmission(
  store: StateStore,
  idempotencyKey: string,
  request: string,
): Promise<Submission | undefined> {
  const known = await store.redis.hgetall(store.keys.submission(textDigest(idempotencyKey)));
  const { digest, backfill = "" } = known;
  if (Object.keys(known).length === 0) return undefined;
  if (digest === undefined) throw unreadableSubmission(idempotencyKey);
  if (digest !== textDigest(request)) throw new IdempotencyConflictError(idempotencyKey, backfill);
  return submissionOf(idempotencyKey, known);
}

function submissionOf(
  idempotencyKey: string,
  fields: Readonly<Record<string, string>>,
): Submission {
  const submission = readableSubmission(fields);
  if (submission === undefined) throw unreadableSubmission(idempotencyKey);
  return submission;
}

/**
 * Parses the fields of a submission, without the digest of its request; undefined if they are
 * unreadable.
 */
export function readableSubmission(
  fields: Readonly<Record<string, string>>,
): Submission | undefined {
  const { backfill = "", planned = "", assets = "", dynamic = "" } = fields;
  if (!backfillIdPattern.test(backfill) || !/^\d{1,15}$/.test(planned)) return undefined;
  const named = assetsSchema.safeParse(storedJson(assets));
  const keys = dynamicRevisionsSchema.optional().safeParse(storedJson(dynamic));
  if (!named.success || (dynamic !== "" && (!keys.success || keys.data === undefined)))
    return undefined;
  return {
    backfillId: backfill,
    plannedMs: Number(planned),
    assets: named.data,
    dynamic: keys.data,
  };
}

function unreadableSubmission(idempotencyKey: string): StateUnreadableError {
  const key = JSON.stringify(idempotencyKey.slice(0, 80));
  return new StateUnreadableError(`What the idempotency key ${key} stands for`);
}
