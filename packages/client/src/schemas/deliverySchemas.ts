import type { z } from "zod";
import { triedOptionsSchema } from "./controlSchemas.ts";
import { idTextSchema } from "./textSchemas.ts";

/** Who sends parked summaries again, and why. */
export type RedeliverOptions = z.input<typeof triedOptionsSchema>;
/** What the code reads. */
export type ResolvedRedeliver = z.output<typeof triedOptionsSchema>;

/** The input of each method of `Deliveries`. `which` is a delivery id, or `all`. */
export const deliveryInputs = { which: idTextSchema, redeliver: triedOptionsSchema } as const;
