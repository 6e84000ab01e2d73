import { type AnyAsset, asset, type Project, project } from "@infill/core";
import { daily, hourly, minutely, multi, staticPartitions, weekly } from "@infill/partitions";

/** Partitions of the asset `minutes1`, from which all others follow. */
export const rootPartitions = 10_000_000;

/**
 * Twenty assets: four of minutes by identity, and what is made of them by the hour, day and week; days by region and
 * what is made of these by their dimensions.
 */
export function wideProject(namespace: string): Project {
  const start = "1970-01-01";
  const end = new Date(Date.UTC(1970, 0, 1) + rootPartitions * 60_000).toISOString().slice(0, 16);
  const regions = staticPartitions(["ap", "eu", "jp", "us"]);
  const days = daily({ start, end });
  const grid = multi({ date: days, region: regions });
  const assets: AnyAsset[] = [];
  const chain = (
    name: string,
    length: number,
    partitions: NonNullable<Parameters<typeof asset>[0]["partitions"]>,
    deps: readonly AnyAsset[],
  ): AnyAsset => {
    let above = deps;
    for (let index = 1; index <= length; index++) {
      const made = asset({ name: `${name}${index}`, partitions, deps: above, materialize() {} });
      assets.push(made);
      above = [made];
    }
    const [last] = above;
    if (last === undefined) throw new Error("Bug: a chain without assets");
    return last;
  };
  const minutes = chain("minutes", 4, minutely({ minutes: 1, start, end }), []);
  const hours = chain("hours", 4, hourly({ start, end }), [minutes]);
  const daysLast = chain("days", 4, days, [hours]);
  chain("weeks", 2, weekly({ start, end }), [daysLast]);
  const gridLast = chain("grid", 3, grid, [daysLast]);
  chain("regions", 2, regions, [gridLast]);
  chain("dates", 1, days, [gridLast]);
  return project({ namespace, assets });
}
