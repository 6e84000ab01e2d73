import {
  countSubset,
  decodeSubset,
  firstOfSubset,
  InfillError,
  isEmptySubset,
  type PartitionsContext,
  subsetKeys,
  subtractSubsets,
} from "@infill/partitions";
import type { KeptPlan } from "@infill/state";
import type { AssetPlan } from "./planBackfill.ts";
import type { HashedPlan } from "./planHash.ts";

/** How one asset's part of a plan differs from the preview. */
export type PlanChange =
  /** Its definition has changed, or the mappings into it. */
  | { readonly asset: string; readonly change: "definition" }
  /** The project no longer has it, or the request no longer selects it. */
  | { readonly asset: string; readonly change: "gone" }
  /** Partitions would run that are not in the preview. */
  | {
      readonly asset: string;
      readonly change: "more";
      readonly partitions: number;
      /** At most three. */
      readonly firstKeys: readonly string[];
    }
  /** Other partitions would run, too many and too scattered to list the difference. */
  | {
      readonly asset: string;
      readonly change: "different";
      readonly previewed: number;
      readonly toRun: number;
    };

/** The plan differs from its preview. */
export class PlanChangedError extends InfillError {
  readonly code = "INFILL_PLAN_CHANGED";
  readonly planHash: string;
  /** Empty if the hash belongs to another request. */
  readonly changes: readonly PlanChange[];

  constructor(planHash: string, changes: readonly PlanChange[]) {
    const what =
      changes.length === 0
        ? "it was previewed for another request"
        : changes.slice(0, 5).map(sentenceOf).join("; ") +
          (changes.length > 5 ? `; and ${changes.length - 5} assets more` : "");
    super(`The plan ${planHash} has changed since its preview: ${what}. Preview it again.`);
    this.planHash = planHash;
    this.changes = changes;
  }
}

/** No plan has the hash, or its hour is over. */
export class UnknownPlanError extends InfillError {
  readonly code = "INFILL_PLAN_UNKNOWN";
  readonly planHash: string;

  constructor(planHash: string) {
    super(
      `Unknown plan "${planHash.slice(0, 80)}": you can submit the hash of a preview for an hour. Preview it again.`,
    );
    this.planHash = planHash;
  }
}

/**
 * Compares a plan with its preview. Partitions that have run since drop out of the plan; that is no
 * change.
 *
 * @throws PlanChangedError
 */
export function requireUnchanged(
  planHash: string,
  previewed: KeptPlan,
  now: HashedPlan,
  plans: readonly AssetPlan[],
  context: PartitionsContext,
): void {
  if (previewed.request !== now.kept.request) throw new PlanChangedError(planHash, []);
  const changes: PlanChange[] = [];
  const known = new Map(previewed.assets.map((entry) => [entry.asset, entry]));
  const planned = new Set(plans.map(({ registered }) => registered.asset.name));
  for (const [index, plan] of plans.entries()) {
    const entry = now.kept.assets[index];
    const before = entry === undefined ? undefined : known.get(entry.asset);
    if (entry === undefined || entry.partitions === before?.partitions) {
      if (entry?.definition !== before?.definition && (before?.toRun ?? 0) > 0)
        changes.push({ asset: plan.registered.asset.name, change: "definition" });
      continue;
    }
    changes.push(...changesOf(plan, before, entry.definition, context));
  }
  for (const { asset, toRun } of previewed.assets)
    if (!planned.has(asset) && toRun > 0) changes.push({ asset, change: "gone" });
  if (changes.length > 0) throw new PlanChangedError(planHash, changes);
}

function changesOf(
  { registered, toRun }: AssetPlan,
  before: KeptPlan["assets"][number] | undefined,
  definition: string,
  context: PartitionsContext,
): PlanChange[] {
  const asset = registered.asset.name;
  if (before !== undefined && before.definition !== definition)
    return [{ asset, change: "definition" }];
  if (before !== undefined && before.encoded === undefined)
    return [{ asset, change: "different", previewed: before.toRun, toRun: countSubset(toRun) }];
  const more =
    before?.encoded === undefined
      ? toRun
      : subtractSubsets(
          toRun,
          decodeSubset(registered.asset.partitions, Buffer.from(before.encoded, "base64")),
        );
  if (isEmptySubset(more)) return [];
  const firstKeys = [...subsetKeys(firstOfSubset(more, 3), context)];
  return [{ asset, change: "more", partitions: countSubset(more), firstKeys }];
}

function sentenceOf(change: PlanChange): string {
  const name = `"${change.asset}"`;
  switch (change.change) {
    case "definition":
      return `the definition of ${name}, or a mapping into it, has changed`;
    case "gone":
      return `${name} is no longer selected`;
    case "different":
      return `${name} would run ${change.toRun} partitions, which differ from the ${change.previewed} of the preview`;
    case "more": {
      const { partitions, firstKeys } = change;
      const keys = firstKeys.map((key) => JSON.stringify(key)).join(", ");
      return `${name} would run ${partitions} ${partitions === 1 ? "partition" : "partitions"} more: ${keys}${partitions > firstKeys.length ? " and so on" : ""}`;
    }
  }
}
