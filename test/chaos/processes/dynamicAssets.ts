import { type AnyAsset, asset, dep, type MaterializeContext } from "@infill/core";
import { daily, dimensionMapping, dynamicPartitions, multi } from "@infill/partitions";

/** The dynamic definition of the assets whose keys come and go, and the keys that it begins with. */
export const shopsDefinition = "shops";
export const firstShops = Array.from({ length: 10 }, (_, at) => `shop ${at}`);

/**
 * What a shop sold each day, and what follows from it by shop and by day.
 *
 * @param end the day after the last one, as a key
 */
export function dynamicAssets(
  end: string,
  materialize: (context: MaterializeContext) => Promise<void>,
): AnyAsset[] {
  const days = daily({ start: "2001-01-01", end });
  const shops = dynamicPartitions({ name: shopsDefinition });
  const sold = asset({
    name: "sold",
    partitions: multi({ date: days, shop: shops }),
    materialize,
  });
  const byShop = asset({
    name: "byShop",
    partitions: shops,
    deps: [dep(sold, { mapping: dimensionMapping({ dimension: "shop" }) })],
    materialize,
  });
  const byDay = asset({
    name: "byDay",
    partitions: days,
    deps: [dep(sold, { mapping: dimensionMapping({ dimension: "date" }) })],
    materialize,
  });
  return [sold, byShop, byDay];
}
