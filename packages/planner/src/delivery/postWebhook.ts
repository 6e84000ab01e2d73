import { createHmac } from "node:crypto";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Webhook } from "@infill/core";
import { DeliveryError } from "./deliveryError.ts";
import type { Summary } from "@infill/planning";

/**
 * What proves to a receiver that a request is ours and how old it is: `t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>"
 * under the secret, hexadecimal>`. A receiver compares the digest in constant time and refuses old instants.
 *
 * @param seconds epoch seconds of the attempt
 */
export function webhookSignature(secret: string, seconds: number, body: string): string {
  const digest = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${digest}`;
}

/**
 * Posts a summary. Any 2xx status means that it was taken; redirects are not followed, and what the answer says is not read.
 *
 * @param secret undefined: the request is not signed
 * @throws an Error that says the status, or what went wrong on the way; never the URL's path or query, which may be secret
 */
export function postWebhook(
  webhook: Webhook,
  secret: string | undefined,
  summary: Summary,
  nowMs: number,
): Promise<void> {
  const body = JSON.stringify(summary);
  const url = new URL(webhook.url);
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const seconds = Math.floor(nowMs / 1_000);
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: "POST",
      // A connection of its own, closed at the end: deliveries are rare.
      agent: false,
      signal: AbortSignal.timeout(webhook.timeoutMs),
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "user-agent": "infill",
        "infill-delivery": summary.deliveryId,
        "infill-event": summary.type,
        ...(secret === undefined
          ? {}
          : { "infill-signature": webhookSignature(secret, seconds, body) }),
      },
    });
    request.on("response", (response) => {
      const status = response.statusCode ?? 0;
      response.on("error", () => {});
      response.destroy();
      if (status >= 200 && status < 300) resolve();
      else reject(new DeliveryError(`it answered with status ${status}`));
    });
    request.on("error", (error) => {
      const isLate = error.name === "AbortError" || error.name === "TimeoutError";
      reject(isLate ? new DeliveryError(`no answer within ${webhook.timeoutMs} ms`) : error);
    });
    request.end(body);
  });
}
