const tooLate = "a settlement came too late; the partition has another claim now";

/** What is known of settlements that were refused; partitions are named "<backfill> <asset> <key>". */
export interface LateSettlements {
  /** What workers wrote. */
  readonly logs: readonly string[];
  /** What the streams mark as refused. */
  readonly marked: readonly string[];
  /** Ids of the backfills that are judged. */
  readonly judged: ReadonlySet<string>;
  /** What functions were called for. */
  readonly started: ReadonlySet<string>;
}

/**
 * Whether refused settlements are marked as such: what a worker was refused stands in the stream as refused, and only what was
 * started can be refused.
 *
 * @returns a sentence for each violation
 */
export function lateSettlements({ logs, marked, judged, started }: LateSettlements): string[] {
  const marks = counted(marked);
  const refused = logs.flatMap(refusedIn).filter((name) => judged.has(name.split(" ")[0] ?? ""));
  const wrong: string[] = [];
  for (const [name, times] of counted(refused))
    if ((marks.get(name) ?? 0) < times)
      wrong.push(
        `${name} was refused a settlement ${times} times, and the stream tells of ${marks.get(name) ?? 0}`,
      );
  for (const name of marks.keys())
    if (!started.has(name)) wrong.push(`${name} was refused a settlement and never started`);
  return wrong;
}

/** Refused settlements in the log of a worker, "<backfill> <asset> <key>". */
function refusedIn(log: string): string[] {
  return log.split("\n").flatMap((line) => {
    if (!line.includes(tooLate)) return [];
    // Written by the chaos process, a whole line at a time.
    const { backfill, asset, partition } = JSON.parse(line) as Record<string, string>;
    return [`${backfill} ${asset} ${partition}`];
  });
}

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
