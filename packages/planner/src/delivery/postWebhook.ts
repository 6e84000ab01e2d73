import { createHmac } from "node:crypto";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Webhook } from "@infill/core";
import { DeliveryError } from "./deliveryError.ts";
import type { Summary } from "@infill/planning";

/**
 * The signature that proves a request's sender and age: `t=<seconds>,v1=<HMAC-SHA256 of
 * "<seconds>.<body>" with the secret, in hexadecimal>`. A receiver should compare the digest in
 * constant time and refuse old instants.
 *
 * @param seconds epoch seconds of the attempt
 */
export function webhookSignature(secret: string, seconds: number, body: string): string {
  const digest = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${digest}`;
}

/**
 * Posts a summary. Any 2xx status counts as accepted. Does not follow redirects or read the
 * answer's body.
 *
 * @param secret undefined: the request is not signed
 * @throws an Error with the status or the network failure; never with the URL's path or query,
 *   which may be secret
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
      // A new connection that is closed at the end: deliveries are rare.
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
