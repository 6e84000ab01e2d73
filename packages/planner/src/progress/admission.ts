import type { AssetScopes, CappedScope, PartitionAddress } from "@infill/state";

/** The facts that limit how much of an asset may be in a backfill's window. */
export interface AdmissionFacts {
  readonly scopes: AssetScopes;
  /** The backfill's own scope; without a cap if it has none. */
  readonly backfill: CappedScope;
  /** Jobs of the backfill in a scope that run or may start. */
  inScope(scope: string): number;
}

/** What the caps permit at one moment. */
export interface Admission {
  /** Whether a cap applies that is enforced here. */
  readonly isCapped: boolean;
  /** Jobs that may be added; Infinity without a cap. */
  readonly room: number;
  /** Partitions of the asset in this backfill that may run at once; Infinity without a cap. */
  readonly atOnce: number;
  /**
   * Selects partitions within the caps by dimension.
   *
   * @param perJob partitions that one job will cover
   */
  picker(perJob: number): AdmissionPicker | undefined;
}

/** Whether a partition may be added; `closed`: no more of its lane may be. */
export type AdmissionAnswer = "admitted" | "refused" | "closed";

/** Answers for each offered partition whether it may be added, and counts it if so. */
export interface AdmissionPicker {
  offer(address: PartitionAddress): AdmissionAnswer;
}

/**
 * How much of an asset may enter the window: as many jobs as the caps let run. Permits enforce the
 * caps; this only keeps jobs out of the queue that would be refused there. So they do not hold up
 * other work, and a full key of a dimension does not use up the room of other keys. The next job is
 * added at the settlement that frees its permit. A spare job would be refused again and again while
 * slots are idle, as measurements showed.
 *
 * The queue itself enforces a pool's cap.
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
    atOnce: Math.min(Number.POSITIVE_INFINITY, ...totals.map(({ cap }) => cap ?? Infinity)),
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
      return {
        offer(address) {
          const ofLane = scopes.ofLane(address);
          if (ofLane.some((capped) => leftIn(capped, perJob) <= 0)) return "closed";
          // A job lies in one lane and covers each key of the bit axis once.
          const ofBitKey = scopes.ofBitKey(address);
          if (ofBitKey.some((capped) => leftIn(capped, 1) <= 0)) return "refused";
          for (const { scope } of [...ofLane, ...ofBitKey])
            left.set(scope, (left.get(scope) ?? 0) - 1);
          return "admitted";
        },
      };
    },
  };
}
