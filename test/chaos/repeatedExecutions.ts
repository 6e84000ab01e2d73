import type { Evidence } from "./evidence.ts";

/** How many executions were not the first of their partition. */
export function repeatedExecutions({ executions }: Evidence): number {
  const partitions = new Set(executions.map(({ start }) => `${start.asset} ${start.key}`));
  return executions.length - partitions.size;
}
