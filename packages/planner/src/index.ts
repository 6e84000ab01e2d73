export {
  type PlannerOptions,
  plannerOptionsSchema,
  type RunningPlanner,
} from "./engine/plannerOptions.ts";
export { startPlanner } from "./engine/startPlanner.ts";
export { WebhookSecretMissingError } from "./delivery/deliveryTargets.ts";
export { webhookSignature } from "./delivery/postWebhook.ts";
