import { DateTime, Interval } from "luxon";
import { airportDelays } from "./airportDelays.ts";
import { flights } from "./flights.ts";
import { networkSummary } from "./networkSummary.ts";
import { regions } from "./regions.ts";
import { weeklyReport } from "./weeklyReport.ts";

const dayMs = 86_400_000;
const firstMs = Date.UTC(2001, 0, 1);

/** The 181 days of the data. */
export const allDays: readonly string[] = Array.from({ length: 181 }, (_, n) =>
  dateOf(firstMs + n * dayMs),
);

/** Calls the functions of all four assets for all of their partitions, in this process: no Redis, no worker. */
export async function materializeAllHere(): Promise<void> {
  const weeks = allDays.filter((_, n) => n % 7 === 0);
  const dayAndRegions = allDays.flatMap((date) => regions.keys.map((region) => ({ date, region })));
  await eachOf(allDays, materializeFlightsHere);
  await eachOf(dayAndRegions, async ({ date, region }) => {
    const partition = { key: `${date}|${region}`, keys: { date, region } };
    await airportDelays.materialize({ ...contextOf(date, 1, [date]), partition });
  });
  await eachOf(weeks, async (key) => {
    const start = allDays.indexOf(key);
    const days = allDays.slice(start, start + 7);
    const keys = days.flatMap((date) => regions.keys.map((region) => `${date}|${region}`));
    await weeklyReport.materialize({ ...contextOf(key, 7, keys), partition: { key, keys: {} } });
  });
  const summary = {
    ...contextOf("2001-01-01", 181, weeks),
    partition: { key: "" as const, keys: {} },
  };
  await networkSummary.materialize(summary);
}

/** Calls the function of `flights` for one day. */
export async function materializeFlightsHere(key: string): Promise<void> {
  await flights.materialize({ ...contextOf(key, 1, []), partition: { key, keys: {} } });
}

/** What a worker tells a function, beside the partition. */
function contextOf(date: string, days: number, upstreamKeys: readonly string[]) {
  const window = Interval.after(DateTime.fromISO(date, { zone: "utc" }), { days });
  if (!window.isValid) throw new Error(`no day: ${date}`);
  return {
    asset: "",
    window,
    backfillId: "",
    attempt: 1,
    signal: new AbortController().signal,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    upstreamKeys: () => upstreamKeys,
  };
}

/** Four at a time, as a worker does. */
async function eachOf<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const work = async () => {
    for (const item of waiting) await run(item);
  };
  await Promise.all(Array.from({ length: 4 }, work));
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
