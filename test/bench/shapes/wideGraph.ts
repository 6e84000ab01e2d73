import { type AnyAsset, asset } from "@infill/core";
import { daily, hourly, weekly } from "@infill/partitions";
import { firstDay, hoursText } from "./calendar.ts";
import { doNothing, type Shape } from "./shape.ts";

const layerAssets = 100;
/** What the assets of each of the twenty layers are made by. */
const layers = [
  ...Array.from({ length: 4 }, () => "hours" as const),
  ...Array.from({ length: 8 }, () => "days" as const),
  ...Array.from({ length: 8 }, () => "weeks" as const),
];
const definitions = {
  hours: hourly({ start: firstDay }),
  days: daily({ start: firstDay }),
  weeks: weekly({ start: firstDay }),
};

/** Some days of one root of a large graph, and everything that is made from them. */
export const wideGraph: Shape = {
  name: "wideGraph",
  what: "2,000 assets in 20 layers, three upstreams each: some days of one root and all below it",
  executions: 1,
  functionMs: 0,
  run: doNothing,
  assets(materialize) {
    const all: AnyAsset[] = [];
    for (const [layer, cadence] of layers.entries()) {
      for (let index = 0; index < layerAssets; index++) {
        all.push(
          asset({
            name: assetName(layer, index),
            partitions: definitions[cadence],
            deps: upstreamsOf(layer, index).map((upstream) => assetName(layer - 1, upstream)),
            materialize,
          }),
        );
      }
    }
    return all;
  },
  backfill(about) {
    const { hours, days, weeks } = reachedAssets();
    const length = Math.max(1, Math.round(about / (24 * hours + days + weeks / 7)));
    return {
      request: { assets: `${assetName(0, 0)}+`, partitions: hoursText(24 * length) },
      partitions: length * (24 * hours + days) + Math.ceil(length / 7) * weeks,
    };
  },
};

function assetName(layer: number, index: number): string {
  return `layer${layer}_${index}`;
}

/** Indexes in the layer before; the first layer has no upstreams. */
function upstreamsOf(layer: number, index: number): number[] {
  if (layer === 0) return [];
  const far = [index + 7 * layer + 8, index + 31 * layer + 34].map((at) => at % layerAssets);
  return [index, ...far];
}

/** How many assets of each cadence are made from the first root, itself included. */
function reachedAssets(): Record<(typeof layers)[number], number> {
  const counts = { hours: 0, days: 0, weeks: 0 };
  let reached = new Set([0]);
  for (const [layer, cadence] of layers.entries()) {
    if (layer > 0) {
      const below = Array.from({ length: layerAssets }, (_, index) => index);
      const above = reached;
      reached = new Set(
        below.filter((index) => upstreamsOf(layer, index).some((upstream) => above.has(upstream))),
      );
    }
    counts[cadence] += reached.size;
  }
  return counts;
}
