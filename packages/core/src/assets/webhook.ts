import { z } from "zod";

const events = ["succeeded", "failed", "canceled", "paused", "failing"] as const;

/** A webhook in a project. */
export const webhookSchema = z.strictObject({
  /**
   * The URL for the summary as JSON: `http://` or `https://`, without user and password. Redirects
   * are not followed.
   */
  url: z
    .string()
    .max(2_000)
    .refine(isWebhookUrl, "expected an http:// or https:// URL without user and password"),
  /** The environment variable with the secret that signs requests; default: no signature. */
  secretEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of an environment variable")
    .optional(),
  /** The summaries that it gets: of each status of an end, of a pause by itself, and of an alert. */
  events: z
    .array(z.enum(events))
    .min(1)
    .default([...events]),
  /** How long an answer may take, in milliseconds. */
  timeoutMs: z.int().min(100).max(60_000).default(10_000),
  /** Attempts before a delivery is parked; by default the last one is made after an hour. */
  maxAttempts: z.int().min(1).max(100).default(20),
});

/** A webhook with its defaults. */
export type Webhook = z.output<typeof webhookSchema>;

function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === "" && password === "";
}
