import { asset } from "@infill/core";
import { daily, multi, staticPartitions } from "@infill/partitions";
import { daysText, firstDay } from "./calendar.ts";
import { doNothing, type Shape } from "./shape.ts";

/** A date × 1,000 tenants. */
export const tenants = gridShape("tenants", { tenant: 1_000 });
/** A date × 5 regions × 500 products. */
export const cube = gridShape("cube", { region: 5, product: 500 });
/** A date × 100,000 lanes. The lanes are 250 regions × 400 products, so that few keys need registering. */
export const sparseLanes = gridShape("sparseLanes", { region: 250, product: 400 });

/**
 * Days by one or two lists of keys, run in the order of the days.
 *
 * @param counts how many keys each dimension beside the date has
 */
function gridShape(name: string, counts: Readonly<Record<string, number>>): Shape {
  const lanes = Object.values(counts).reduce((product, count) => product * count, 1);
  const dimensions = Object.entries(counts);
  return {
    name,
    what: `days × ${dimensions.map(([dimension, count]) => `${count} ${dimension}s`).join(" × ")}`,
    executions: 1,
    functionMs: 0,
    run: doNothing,
    assets(materialize) {
      const lists = dimensions.map(([dimension, count]) => [
        dimension,
        staticPartitions(Array.from({ length: count }, (_, index) => `${dimension}-${index}`)),
      ]);
      const partitions = multi({
        date: daily({ start: firstDay }),
        ...(Object.fromEntries(lists) as Record<string, ReturnType<typeof staticPartitions>>),
      });
      return [asset({ name: "grid", partitions, materialize })];
    },
    backfill(about) {
      const days = Math.max(1, Math.round(about / lanes));
      return {
        request: { assets: "grid", partitions: `date=${daysText(days)}` },
        partitions: days * lanes,
      };
    },
  };
}
