import { type AnyAsset, asset, dep, type MaterializeContext } from "@infill/core";
import { daily, hourly, staticPartitions, timeWindowMapping } from "@infill/partitions";

/** How the assets that change are defined: as they were, as they are after a deploy, or with another cadence. */
export type Definitions = "before" | "after" | "cadence";

/** Those of the asset whose keys are removed, by ordinal. */
export const staticKeys = Array.from({ length: 40 }, (_, at) => `k${String(at).padStart(2, "0")}`);
/** Forty partitions each; what changes with a deploy is in the name. */
export function changingAssets(
  definitions: Definitions,
  removed: readonly string[],
  materialize: (context: MaterializeContext) => Promise<void>,
): AnyAsset[] {
  const isAfter = definitions === "after";
  const days = daily({ start: "2001-01-01", end: "2001-02-10" });
  const assets: AnyAsset[] = [
    asset({
      name: "keyRemoved",
      partitions: staticPartitions(
        isAfter ? staticKeys.filter((key) => !removed.includes(key)) : staticKeys,
      ),
      materialize,
    }),
    asset({
      name: "keyInserted",
      partitions: staticPartitions(isAfter ? ["first", ...staticKeys] : staticKeys),
      materialize,
    }),
    asset({
      name: "startEarlier",
      partitions: isAfter ? daily({ start: "2000-12-01", end: "2001-02-10" }) : days,
      materialize,
    }),
    asset({
      name: "startLater",
      partitions: isAfter ? daily({ start: "2001-01-06", end: "2001-02-10" }) : days,
      materialize,
    }),
    asset({
      name: "endEarlier",
      partitions: isAfter ? daily({ start: "2001-01-01", end: "2001-02-05" }) : days,
      materialize,
    }),
  ];
  if (!isAfter) assets.push(asset({ name: "assetRemoved", partitions: days, materialize }));
  const upstream = asset({ name: "mappingUpstream", partitions: days, materialize });
  const mapping = timeWindowMapping({
    startOffset: -1,
    endOffset: -1,
    allowNonexistentUpstream: true,
  });
  assets.push(
    upstream,
    asset({
      name: "mappingChanged",
      partitions: days,
      deps: [isAfter ? dep(upstream, { mapping }) : upstream],
      materialize,
    }),
  );
  const fresh = asset({ name: "fresh", partitions: days, materialize });
  assets.push(
    fresh,
    asset({
      name: "upstreamAdded",
      partitions: days,
      deps: isAfter ? [upstream, fresh] : [upstream],
      materialize,
    }),
    asset({
      name: "cadenceChanged",
      partitions:
        definitions === "cadence" ? hourly({ start: "2001-01-01", end: "2001-02-10" }) : days,
      materialize,
    }),
  );
  return assets;
}
