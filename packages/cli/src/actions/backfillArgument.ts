import type { BareCommand } from "../command/commandNode.ts";
import { CommandUsageError } from "../terminal/commandErrors.ts";
import type { CommandContext } from "../command/commandContext.ts";

/** Declares which backfill a command is about. */
export function withBackfill(command: BareCommand) {
  return command
    .argument(
      "[id]",
      "backfill id, its first characters if no other id has them (bf_01JD), or latest",
    )
    .option("--last", "the newest backfill, instead of an id");
}

/**
 * The id of the backfill that a command line names.
 *
 * @throws CommandUsageError, UnknownBackfillError, AmbiguousBackfillError
 */
export async function backfillNamed(
  context: CommandContext,
  id: string | undefined,
  { last }: { readonly last?: true | undefined },
): Promise<string> {
  if ((id === undefined) === (last !== true))
    throw new CommandUsageError(
      "Name one backfill: its id, the first characters of it, latest, or --last.",
    );
  return (await context.client()).backfills.resolveId(id ?? "latest");
}
