import { acknowledged } from "./acknowledged.ts";
import { agreement } from "./agreement.ts";
import { atRest } from "./atRest.ts";
import { attempts } from "./attempts.ts";
import { bystanders } from "./bystanders.ts";
import { census } from "./census.ts";
import { controlled } from "./controlled.ts";
import { counters } from "./counters.ts";
import { executed } from "./executed.ts";
import type { Invariant, InvariantId } from "./invariant.ts";
import { oneClaim } from "./oneClaim.ts";
import { outcomes } from "./outcomes.ts";
import { processes } from "./processes.ts";
import { progress } from "./progress.ts";
import { settledOnce } from "./settledOnce.ts";
import { upstreamFirst } from "./upstreamFirst.ts";
import { window } from "./window.ts";

/** All invariants, in the order of their ids. */
export const invariants: readonly Invariant[] = [
  outcomes,
  counters,
  executed,
  settledOnce,
  oneClaim,
  upstreamFirst,
  window,
  census,
  progress,
  atRest,
  controlled,
  bystanders,
  acknowledged,
  attempts,
  processes,
  agreement,
];

/** Those that hold after every fault that leaves the state where it is. */
export const allInvariants: readonly InvariantId[] = invariants.map(({ id }) => id);

/** All but some. */
export function allBut(...left: readonly InvariantId[]): InvariantId[] {
  return allInvariants.filter((id) => !left.includes(id));
}
