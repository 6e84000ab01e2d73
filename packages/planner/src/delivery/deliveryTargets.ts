import { createHash } from "node:crypto";
import { type Project, type Webhook, within } from "@infill/core";
import { InfillError } from "@infill/partitions";
import type { Summary } from "@infill/planning";
import { postWebhook } from "./postWebhook.ts";
import { DeliveryError } from "./deliveryError.ts";

/** The environment has no secret for a webhook. */
export class WebhookSecretMissingError extends InfillError {
  readonly code = "INFILL_WEBHOOK_SECRET_MISSING";
  readonly variable: string;

  constructor(variable: string) {
    super(
      `The environment variable ${variable} is empty or not set, and a webhook of the project needs it to sign its requests: set it where the planner runs, or remove secretEnv.`,
    );
    this.variable = variable;
  }
}

/** A target of summaries. */
export interface DeliveryTarget {
  /** Stored in Redis and shown, so it holds no secret. */
  readonly name: string;
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  wants(summary: Summary): boolean;
  /** Resolves when the target has accepted the summary. */
  deliver(summary: Summary): Promise<void>;
}

/** How long a function of the project may take, in milliseconds. */
const callbackMs = 30_000;
const callbackAttempts = 20;

/**
 * The targets of a project: its functions, then its webhooks.
 *
 * @throws WebhookSecretMissingError
 */
export function deliveryTargets(
  { onBackfillFinished, onBackfillPaused, onBackfillFailing, webhooks }: Project,
  env: Readonly<Record<string, string | undefined>>,
): DeliveryTarget[] {
  const targets = webhooks.map((webhook) => webhookTarget(webhook, env));
  const functions: DeliveryTarget[] = [];
  if (onBackfillFinished !== undefined)
    functions.push(
      functionTarget("onBackfillFinished", "backfill.finished", async (summary) => {
        if (summary.type === "backfill.finished") await onBackfillFinished(summary);
      }),
    );
  if (onBackfillPaused !== undefined)
    functions.push(
      functionTarget("onBackfillPaused", "backfill.paused", async (summary) => {
        if (summary.type === "backfill.paused") await onBackfillPaused(summary);
      }),
    );
  if (onBackfillFailing !== undefined)
    functions.push(
      functionTarget("onBackfillFailing", "backfill.failing", async (summary) => {
        if (summary.type === "backfill.failing") await onBackfillFailing(summary);
      }),
    );
  return [...functions, ...targets];
}

function functionTarget(
  name: string,
  type: Summary["type"],
  call: (summary: Summary) => Promise<void>,
): DeliveryTarget {
  return {
    name,
    maxAttempts: callbackAttempts,
    timeoutMs: callbackMs,
    wants: (summary) => summary.type === type,
    deliver: (summary) => withTimeout(name, () => call(summary)),
  };
}

function webhookTarget(
  webhook: Webhook,
  env: Readonly<Record<string, string | undefined>>,
): DeliveryTarget {
  const { url, secretEnv, events, timeoutMs, maxAttempts } = webhook;
  const secret = secretEnv === undefined ? undefined : env[secretEnv];
  if (secretEnv !== undefined && (secret === undefined || secret === ""))
    throw new WebhookSecretMissingError(secretEnv);
  // The path and query of a URL may hold a token. Show the host, and a digest that tells webhooks
  // of one host apart.
  const digest = createHash("sha256").update(url).digest("hex").slice(0, 8);
  return {
    name: `webhook:${new URL(url).host}:${digest}`,
    maxAttempts,
    timeoutMs,
    wants: ({ type, status }) => events.includes(type === "backfill.failing" ? "failing" : status),
    deliver: (summary) => postWebhook(webhook, secret, summary, Date.now()),
  };
}

async function withTimeout(name: string, call: () => Promise<void>): Promise<void> {
  const ending = call();
  if (!(await within(callbackMs, ending)))
    throw new DeliveryError(`${name} did not end within ${callbackMs} ms`);
  await ending;
}
