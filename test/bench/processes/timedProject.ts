import { asset, dep, type MaterializeContext, type Project, project } from "@infill/core";
import { daily, minutely, timeWindowMapping } from "@infill/partitions";

const firstMs = Date.UTC(1970, 0, 1);
const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Partitions of the asset `minutes`. */
export const allMinutes = 10_000_000;

/** What a function of these assets is told, whatever its partitions are. */
export type TimedContext = Pick<MaterializeContext, "asset" | "backfillId" | "signal">;

/** Ten million minutes, and a chain of days of which each one needs the day before. */
export function timedProject(
  namespace: string,
  materialize: (context: TimedContext) => Promise<void>,
): Project {
  const minutes = asset({
    name: "minutes",
    partitions: minutely({ minutes: 1, start: "1970-01-01", end: minuteKey(allMinutes, "T") }),
    materialize,
  });
  const before = timeWindowMapping({
    startOffset: -1,
    endOffset: -1,
    allowNonexistentUpstream: true,
  });
  const chain = asset({
    name: "chain",
    partitions: daily({ start: "1970-01-01" }),
    deps: [dep("chain", { mapping: before })],
    materialize,
  });
  return project({ namespace, assets: [minutes, chain] });
}

/** Partition text of some of the minutes. */
export function minutesText(first: number, count: number): string {
  return `[${minuteKey(first, "-")}...${minuteKey(first + count - 1, "-")}]`;
}

/** Partition text of the first links of the chain. */
export function chainText(links: number): string {
  const last = new Date(firstMs + (links - 1) * dayMs).toISOString().slice(0, 10);
  return `[1970-01-01...${last}]`;
}

function minuteKey(index: number, separator: string): string {
  const [date, time] = new Date(firstMs + index * minuteMs).toISOString().split("T");
  return `${date}${separator}${time?.slice(0, 5)}`;
}
