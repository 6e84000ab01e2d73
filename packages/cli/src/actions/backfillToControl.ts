import { isFinalStatus } from "@infill/core";
import type { BackfillDetail, InfillClient } from "@infill/client";
import type { CommandContext } from "../command/commandContext.ts";
import { settledCount } from "../render/statuses.ts";

/** A backfill that a command is about to pause, resume or cancel. */
export interface BackfillToControl {
  readonly client: InfillClient;
  /** As it stands. */
  readonly before: BackfillDetail;
  /** Its partitions without an outcome. */
  readonly open: number;
  /** Who asks for it, and why if that was said. */
  readonly by: { readonly actor: string; readonly reason?: string };
}

/** Reads a backfill that is about to be controlled. @throws UnknownBackfillError */
export async function backfillToControl(
  context: CommandContext,
  id: string,
  { reason }: { readonly reason?: string },
): Promise<BackfillToControl> {
  const client = await context.client();
  const before = await client.backfills.get(id);
  return {
    client,
    before,
    open: before.counts.selected - settledCount(before.counts),
    by: { actor: context.actor, ...(reason === undefined ? {} : { reason }) },
  };
}

/**
 * Refuses to go on with a backfill that has ended, or is being canceled, where that is not what was asked for. Called before
 * the change and with its answer: the backfill may end in between.
 *
 * @param wanted statuses that are what was asked for
 * @throws BackfillEndedError
 */
export async function refuseEnded(
  { id, status }: BackfillDetail,
  wanted: readonly BackfillDetail["status"][] = [],
): Promise<void> {
  if (wanted.includes(status) || !(isFinalStatus(status) || status === "canceling")) return;
  // Loaded already, with the client.
  const { BackfillEndedError } = await import("@infill/client");
  throw new BackfillEndedError(id, status);
}
