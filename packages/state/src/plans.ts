import { z } from "zod";
import { dynamicRevisionsSchema } from "./dynamicKeySets.ts";
import type { StateStore } from "./stateStore.ts";

/** How long a previewed plan can be submitted by its hash. */
export const planKeptMs = 3_600_000;

const planSchema = z.object({
  version: z.literal(1),
  /** The instant at which its partitions were worked out, epoch milliseconds. */
  plannedMs: z.number(),
  /** Which dynamic keys there were then; absent where nothing is dynamic. */
  dynamic: dynamicRevisionsSchema.optional(),
  /** Digest of what the request asks for. */
  request: z.string(),
  /** In topological order. */
  assets: z.array(
    z.object({
      asset: z.string(),
      /** Digest of the partitions definition and the mappings into the asset. */
      definition: z.string(),
      toRun: z.int(),
      /** Digest of the partitions to run. */
      partitions: z.string(),
      /** The partitions to run as `encodeSubset` writes them, in base64; absent where they are too scattered to keep. */
      encoded: z.string().optional(),
    }),
  ),
});

/** A plan as it was previewed, small enough to keep for everyone who asks. */
export type KeptPlan = z.output<typeof planSchema>;

/** Keeps a plan under its hash, for an hour from now. */
export async function keepPlan(store: StateStore, hash: string, plan: KeptPlan): Promise<void> {
  await store.redis.set(store.keys.plan(hash), JSON.stringify(plan), "PX", planKeptMs);
}

/** @returns undefined where no plan has the hash, or it was previewed over an hour ago */
export async function readPlan(store: StateStore, hash: string): Promise<KeptPlan | undefined> {
  const text = await store.redis.get(store.keys.plan(hash));
  return text === null ? undefined : planSchema.parse(JSON.parse(text));
}
