import { z } from "zod";
import { dynamicRevisionsSchema } from "../dynamic/dynamicKeySets.ts";
import type { StateStore } from "../store/stateStore.ts";

/** How long a previewed plan can be submitted by its hash. */
export const planKeptMs = 3_600_000;

/** Characters of a plan that are read. */
const mostPlanText = 64_000_000;

const planSchema = z.object({
  version: z.literal(1),
  /** The instant at which its partitions were worked out, epoch milliseconds. */
  plannedMs: z.number().min(-8.64e15).max(8.64e15),
  /** Which dynamic keys there were then; absent where nothing is dynamic. */
  dynamic: dynamicRevisionsSchema.optional(),
  /** Digest of what the request asks for. */
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

/** @returns undefined where no plan has the hash, it was previewed over an hour ago, or what stands there is no plan */
export async function readPlan(store: StateStore, hash: string): Promise<KeptPlan | undefined> {
  const text = await store.redis.get(store.keys.plan(hash));
  return text === null ? undefined : parseKeptPlan(text);
}

/** Reads what `keepPlan` wrote. @returns undefined for text that no version writes, which is as good as no plan */
export function parseKeptPlan(text: string): KeptPlan | undefined {
  if (text.length > mostPlanText) return undefined;
  try {
    return planSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
