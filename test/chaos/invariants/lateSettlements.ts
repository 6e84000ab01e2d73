import type { Evidence } from "../evidence.ts";
import { refusals } from "../figures.ts";

const tooLate = "a settlement came too late: the partition has another claim by now";

/**
 * Whether refused settlements are marked as such: what a worker was refused stands in the stream as refused, and only what a
 * process did that was started can be refused.
 *
 * @returns a sentence for each violation
 */
export function lateSettlements(evidence: Evidence): string[] {
  const { backfills, executions, scenario } = evidence;
  const judged = new Set(backfills.map(({ id }) => id));
  const marked = counted(refusals(evidence));
  const logged = counted(
    scenario.roles
      .flatMap(({ process }) => refusedIn(process.stdout))
      .filter((name) => {
        const [backfillId = ""] = name.split(" ");
        return judged.has(backfillId);
      }),
  );
  const started = new Set(
    executions.map(({ start }) => `${start.backfill} ${start.asset} ${start.key}`),
  );
  const wrong: string[] = [];
  for (const [name, times] of logged)
    if ((marked.get(name) ?? 0) < times)
      wrong.push(
        `${name} was refused a settlement ${times} times, and the stream tells of ${marked.get(name) ?? 0}`,
      );
  for (const name of marked.keys())
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
