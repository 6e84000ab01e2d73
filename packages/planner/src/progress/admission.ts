import type { AssetScopes, CappedScope } from "@infill/state";

/** What decides how much of an asset may be in the window for a backfill. */
export interface AdmissionFacts {
  readonly scopes: AssetScopes;
  /** The backfill's own scope; its cap is undefined where it has none. */
  readonly backfill: CappedScope;
  /** Jobs of the backfill in a scope that run or may start. */
  inScope(scope: string): number;
}

/** What the caps leave room for, at one moment. */
export interface Admission {
  /** Whether any cap applies that is decided here. */
  readonly isCapped: boolean;
  /** Jobs that may be added; infinite where nothing is capped. */
  readonly room: number;
  /**
   * Picks partitions within the caps by dimension.
   *
   * @param perJob partitions that one job will cover
   */
  picker(perJob: number): AdmissionPicker | undefined;
}

/** Whether a partition may be added; `closed`: neither it nor anything more of its lane. */
export type AdmissionAnswer = "admitted" | "refused" | "closed";

/** Says of each partition that is offered whether it may be added, and counts it if so. */
export interface AdmissionPicker {
  offer(lane: string, ordinal: number): AdmissionAnswer;
}

/**
 * How much of an asset may be admitted to the window: as many jobs as may run. Caps are exact without this: permits hold
 * them. It keeps jobs out of the queue that would only be refused there, so that other work is not held up behind them,
 * and one key of a dimension that is full does not take the room of the others. The next job comes with the settlement
 * that frees its permit; one in reserve would only be refused until then wherever slots are idle (measured).
 *
 * A pool's cap is left to its queue, which starts no job beyond it.
 */
export function admission({ scopes, backfill, inScope }: AdmissionFacts): Admission {
  const totals = scopes.shared.filter(({ scope }) => !scope.startsWith("pool:"));
  if (backfill.cap !== undefined) totals.push(backfill);
  const roomIn = ({ scope, cap }: CappedScope) =>
    cap === undefined ? Number.POSITIVE_INFINITY : Math.max(0, cap - inScope(scope));
  const room = Math.min(Number.POSITIVE_INFINITY, ...totals.map(roomIn));
  return {
    isCapped: totals.length > 0 || scopes.hasValues,
    room,
    picker(perJob) {
      if (!scopes.hasValues) return undefined;
      /** Partitions of each scope that may still be added. */
      const left = new Map<string, number>();
      const leftIn = (capped: CappedScope, perJob: number) => {
        const known = left.get(capped.scope);
        if (known !== undefined) return known;
        const partitions = roomIn(capped) * perJob;
        left.set(capped.scope, partitions);
        return partitions;
      };
      const lanes = new Map<string, readonly CappedScope[]>();
      return {
        offer(lane, ordinal) {
          let ofLane = lanes.get(lane);
          if (ofLane === undefined) lanes.set(lane, (ofLane = scopes.ofLane(lane)));
          if (ofLane.some((capped) => leftIn(capped, perJob) <= 0)) return "closed";
          // A job lies in one lane and covers each ordinal once.
          const ofOrdinal = scopes.ofOrdinal(ordinal);
          if (ofOrdinal.some((capped) => leftIn(capped, 1) <= 0)) return "refused";
          for (const { scope } of [...ofLane, ...ofOrdinal])
            left.set(scope, (left.get(scope) ?? 0) - 1);
          return "admitted";
        },
      };
    },
  };
}
