import { type AnyAsset, asset, dep, type MaterializeContext } from "@infill/core";
import { daily, dimensionMapping, multi, staticPartitions } from "@infill/partitions";

/** Lanes of `usage`. */
export const tenantCount = 40;

/**
 * What each tenant used each day, and what all used that day.
 *
 * @param end the day after the last one, as a key
 */
export function tenantAssets(
  end: string,
  materialize: (context: MaterializeContext) => Promise<void>,
): AnyAsset[] {
  const days = daily({ start: "2001-01-01", end });
  const tenants = staticPartitions(Array.from({ length: tenantCount }, (_, at) => `tenant ${at}`));
  const usage = asset({
    name: "usage",
    partitions: multi({ date: days, tenant: tenants }),
    materialize,
  });
  const bills = asset({
    name: "bills",
    partitions: days,
    deps: [dep(usage, { mapping: dimensionMapping({ dimension: "date" }) })],
    materialize,
  });
  return [usage, bills];
}
