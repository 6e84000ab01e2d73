import { type AnyAsset, asset } from "@infill/core";
import { daily, hourly, weekly } from "@infill/partitions";
import { firstDay, hoursText } from "./calendar.ts";
import { doNothing, type Shape } from "./shape.ts";

const weekHours = 7 * 24;
/** Hours, days and the week itself. */
const weekPartitions = weekHours + 7 + 1;
const chainLength = 5;

/** Backfills of assets that are made from each other. */
export const severalAssetShapes: readonly Shape[] = [
  {
    name: "cascade",
    what: "hours, the days made of them, and the weeks made of these",
    executions: 1,
    functionMs: 0,
    run: doNothing,
    assets(materialize) {
      const hours = asset({
        name: "hours",
        partitions: hourly({ start: firstDay }),
        materialize,
      });
      const days = asset({
        name: "days",
        partitions: daily({ start: firstDay }),
        deps: [hours],
        materialize,
      });
      const weeks = asset({
        name: "weeks",
        partitions: weekly({ start: firstDay }),
        deps: [days],
        materialize,
      });
      return [hours, days, weeks];
    },
    backfill(about) {
      const weeks = Math.max(1, Math.round(about / weekPartitions));
      return {
        request: { assets: "hours+", partitions: hoursText(weeks * weekHours) },
        partitions: weeks * weekPartitions,
      };
    },
  },
  {
    name: "chainAssets",
    what: "five hourly assets, each made from the one before it hour by hour",
    executions: 1,
    functionMs: 0,
    run: doNothing,
    assets(materialize) {
      const chain: AnyAsset[] = [];
      for (let link = 1; link <= chainLength; link++) {
        chain.push(
          asset({
            name: `link${link}`,
            partitions: hourly({ start: firstDay }),
            deps: chain.slice(-1),
            materialize,
          }),
        );
      }
      return chain;
    },
    backfill(about) {
      const hours = Math.max(1, Math.round(about / chainLength));
      return {
        request: { assets: "link1+", partitions: hoursText(hours) },
        partitions: hours * chainLength,
      };
    },
  },
];
