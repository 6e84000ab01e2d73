import {
  assetScopes,
  backfillScope,
  type BackfillRecord,
  countPermits,
  permitHoldersOf,
} from "@infill/state";
import type { WhyPartition, WhyReason } from "./whyAnswers.ts";
import { type AskedPartition, shownPartitions, type WhyEnvironment } from "./whyEnvironment.ts";

/** The full caps of a partition, and the holders of their permits; none if all have room. */
export async function whyCapped(
  environment: WhyEnvironment,
  { registered, address }: AskedPartition,
  { id, settings }: BackfillRecord,
): Promise<WhyReason[]> {
  const { store, pools } = environment;
  const scopes = [
    ...assetScopes(registered, pools.get(registered.asset.pool)).at(address),
    { scope: backfillScope(id), cap: settings.concurrency },
  ].filter(({ cap }) => cap !== undefined);
  const used = await countPermits(
    store,
    scopes.map(({ scope }) => scope),
  );
  const reasons: WhyReason[] = [];
  for (const [index, { scope, cap = Infinity }] of scopes.entries()) {
    if ((used[index] ?? 0) < cap) continue;
    const held = await holdersOf(environment, scope);
    const who = held.map(({ asset: name, key, workerId }) => `${name} ${key} on ${workerId}`);
    reasons.push({
      kind: "cap",
      text: `${nameOf(scope)} may have ${cap} in progress at once, and has ${used[index]}: ${who.join(", ")}.`,
      backfillId: id,
      partitions: held,
    });
  }
  return reasons;
}

function nameOf(scope: string): string {
  const [kind, name = "", dimension = ""] = scope.split(":");
  if (kind === "value") return `A key of dimension "${dimension}" of ${name}`;
  return kind === "pool" ? `Pool "${name}"` : kind === "asset" ? `Asset ${name}` : name;
}

async function holdersOf(
  { store, states, registered }: WhyEnvironment,
  scope: string,
): Promise<WhyPartition[]> {
  const holders = await permitHoldersOf(store, scope, shownPartitions);
  return holders.flatMap((holder) => {
    const { asset, session } = holder;
    const key = registered.get(asset)?.ordinals.keyAt(holder, states.context);
    return key === undefined ? [] : [{ asset, key, workerId: session }];
  });
}
