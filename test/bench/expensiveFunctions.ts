import type { Profiler } from "node:inspector";

/** A function and the processor time that it used itself, without what it calls. */
export interface FunctionTime {
  /** Its name, file and line: `claimNext worker/src/claims/claimer.js:41`. */
  readonly name: string;
  readonly us: number;
}

/** The functions of a profile that used most time themselves, dearest first. Idle time is no function. */
export function expensiveFunctions(profile: Profiler.Profile, most: number): FunctionTime[] {
  const selfUs = new Map<number, number>();
  for (const [index, node] of (profile.samples ?? []).entries()) {
    const us = profile.timeDeltas?.[index] ?? 0;
    selfUs.set(node, (selfUs.get(node) ?? 0) + us);
  }
  const byName = new Map<string, number>();
  for (const { id, callFrame } of profile.nodes) {
    const us = selfUs.get(id) ?? 0;
    if (us === 0 || callFrame.functionName === "(idle)") continue;
    const name = nameOf(callFrame);
    byName.set(name, (byName.get(name) ?? 0) + us);
  }
  return [...byName]
    .map(([name, us]) => ({ name, us }))
    .toSorted((a, b) => b.us - a.us)
    .slice(0, most);
}

function nameOf({ functionName, url, lineNumber }: Profiler.Profile["nodes"][0]["callFrame"]) {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  // Two folders are enough to find the file.
  const place = url.replace(/^.*\/(?:node_modules|packages)\//, "");
  return `${name} ${place}:${lineNumber + 1}`;
}
