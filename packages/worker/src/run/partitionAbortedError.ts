/** Why a running partition is told to stop. */
export type AbortReason = "canceled" | "paused" | "lost" | "draining" | "timeout";

/** The reason of a partition's AbortSignal. */
export class PartitionAbortedError extends Error {
  override readonly name = "PartitionAbortedError";
  readonly reason: AbortReason;

  constructor(reason: AbortReason) {
    super(
      {
        canceled: "The backfill was canceled.",
        paused: "The backfill was paused.",
        lost: "The worker lost its claim on the partition.",
        draining: "The worker is stopping.",
        timeout: "The partition took longer than its timeout.",
      }[reason],
    );
    this.reason = reason;
  }
}
