import type { PartitionsContext } from "@infill/partitions";
import {
  dynamicNamesOfAssets,
  type PlanMoment,
  type RegisteredAsset,
  type StateStore,
} from "@infill/state";

type Registered = ReadonlyMap<string, RegisteredAsset>;

/**
 * What existed at the moment of a plan: time windows up to its instant, dynamic keys at its
 * revisions.
 */
export function planContext(
  store: StateStore,
  registered: Registered,
  moment: PlanMoment,
): Promise<PartitionsContext> {
  return store.dynamicKeys.context(namesOf(registered), moment);
}

/** The present moment, for a new plan. */
export function momentNow(
  store: StateStore,
  registered: Registered,
  nowMs: number,
): Promise<PlanMoment> {
  return store.dynamicKeys.moment(namesOf(registered), nowMs);
}

function namesOf(registered: Registered): string[] {
  return dynamicNamesOfAssets(Array.from(registered.values(), ({ asset }) => asset));
}
