import { z } from "zod";
import { dynamicRevisionsSchema } from "../dynamic/dynamicKeySets.ts";
import type { StateStore } from "../store/stateStore.ts";

/** How long a previewed plan can be submitted by its hash, in milliseconds. */
export const planKeptMs = 3_600_000;

/** Characters of a plan that are read. */
const mostPlanText = 64_000_000;

const planSchema = z.object({
  version: z.literal(1),
  /** The plan's moment, epoch milliseconds. */
  plannedMs: z.number().min(-8.64e15).max(8.64e15),
  /** The revisions of dynamic keys at that moment; absent if nothing is dynamic. */
  dynamic: dynamicRevisionsSchema.optional(),
  /** Digest of the request. */
  request: z.string().max(300),
  /** In topological order. */
  assets: z.array(
    z.object({
      asset: z.string().max(300),
      /** Digest of the partitions definition and the mappings into the asset. */
      definition: z.string().max(300),
      toRun: z.int().min(0),
      /** Digest of the partitions to run. */
      partitions: z.string().max(300),
      /**
       * The partitions to run, by `encodeSubset` in base64; absent if they are too scattered to
       * keep.
       */
      encoded: z.string().optional(),
    }),
  ),
});

/** A previewed plan, small enough to keep one for each preview. */
export type KeptPlan = z.output<typeof planSchema>;

/** Keeps a plan under its hash, for an hour from now. */
export async function keepPlan(store: StateStore, hash: string, plan: KeptPlan): Promise<void> {
  await store.redis.set(store.keys.plan(hash), JSON.stringify(plan), "PX", planKeptMs);
}

/** @returns undefined if no plan has the hash, its hour is over, or the stored text is no plan */
export async function readPlan(store: StateStore, hash: string): Promise<KeptPlan | undefined> {
  const text = await store.redis.get(store.keys.plan(hash));
  return text === null ? undefined : parseKeptPlan(text);
}

/** Parses the text of `keepPlan`. @returns undefined for text that no version writes */
export function parseKeptPlan(text: string): KeptPlan | undefined {
  if (text.length > mostPlanText) return undefined;
  try {
    return planSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
