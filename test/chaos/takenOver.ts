import type { Evidence } from "./evidence.ts";

/** How long a process takes to claim on a busy machine, in milliseconds, above what the promise allows. */
const graceMs = 10_000;

/** When the partitions that a dead or frozen worker held started elsewhere (P8). */
export function takenOver({ executions, scenario }: Evidence): {
  readonly slowestMs: number;
  readonly wrong: string[];
} {
  const injected = new Set(
    scenario.roles
      .filter(({ kind, isInjected }) => kind === "worker" && isInjected)
      .map(({ process }) => process.pid),
  );
  const wrong: string[] = [];
  let slowestMs = 0;
  for (const { start, end } of executions) {
    const lostMs = scenario.deaths.get(start.pid);
    if (!injected.has(start.pid) || lostMs === undefined || start.wallMs > lostMs) continue;
    if (end !== undefined && end.wallMs <= lostMs) continue;
    const next = executions.find(
      (other) =>
        other.start.asset === start.asset &&
        other.start.key === start.key &&
        other.start.wallMs > start.wallMs,
    );
    // What a frozen worker had done but not settled may be settled in time.
    if (next === undefined && end !== undefined) continue;
    if (next === undefined) {
      wrong.push(
        `${start.asset} ${start.key} was lost with process ${start.pid} and did not run again`,
      );
      continue;
    }
    slowestMs = Math.max(slowestMs, next.start.wallMs - lostMs);
  }
  const budgetMs = scenario.options.leaseMs + 10_000 + graceMs;
  if (slowestMs > budgetMs)
    wrong.push(`a lost partition ran elsewhere after ${slowestMs} ms; expected ${budgetMs} (P8)`);
  return { slowestMs, wrong };
}
