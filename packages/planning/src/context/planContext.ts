import type { PartitionsContext } from "@infill/partitions";
import {
  dynamicNamesOfAssets,
  type PlanMoment,
  type RegisteredAsset,
  type StateStore,
} from "@infill/state";

type Registered = ReadonlyMap<string, RegisteredAsset>;

/** What existed at the moment of a plan, such as a backfill's header records: time windows by then, dynamic keys by then. */
export function planContext(
  store: StateStore,
  registered: Registered,
  moment: PlanMoment,
): Promise<PartitionsContext> {
  return store.dynamicKeys.context(namesOf(registered), moment);
}

/** The moment of a plan that is made now. */
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
