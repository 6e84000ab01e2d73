import type { CommandContext } from "../command/commandContext.ts";
import { ConfirmationMismatchError, ConfirmationRequiredError } from "../terminal/commandErrors.ts";
import { exitCodes } from "../terminal/exitCodes.ts";
import { countText } from "../text/numbers.ts";
import { shellWord } from "../text/shellWord.ts";

/** Above this many partitions a yes is not enough: the name has to be typed. */
export const partitionsThatNeedName = 10_000;

/** A change that is about to be made. */
export interface Change {
  /** Asked as it stands, such as `Run 150 partitions?`. */
  readonly question: string;
  /** Partitions that it concerns. */
  readonly partitions: number;
  /** What has to be typed where there are many: the assets of the command line, or the backfill's id. */
  readonly name: string;
  /** Whether the name has to be typed whatever the number, and repeated in `--confirm` where nobody can be asked. */
  readonly isDangerous?: boolean;
  readonly yes: boolean;
  readonly confirm: string | undefined;
}

/**
 * Whether the change is to be made. Asks where a person can be asked and no flag has answered; without a terminal
 * the command line itself is the answer, except to what is dangerous.
 *
 * @returns undefined to go on, or the exit code of a declined change
 * @throws ConfirmationRequiredError under `--no-input` and for a dangerous change without a terminal,
 * ConfirmationMismatchError
 */
export async function confirmChange(
  context: CommandContext,
  change: Change,
): Promise<number | undefined> {
  if (change.confirm !== undefined) {
    if (change.confirm === change.name) return undefined;
    throw new ConfirmationMismatchError(change.confirm, change.name);
  }
  const isLarge = change.partitions > partitionsThatNeedName;
  const isDangerous = change.isDangerous === true;
  const needsName = isLarge || isDangerous;
  if (change.yes && !needsName) return undefined;
  if (!context.io.isInteractive && !isDangerous) return undefined;
  if (!context.canAsk) {
    throw new ConfirmationRequiredError(
      change.question,
      needsName ? `--confirm ${shellWord(change.name)}` : "--yes",
    );
  }
  if (!needsName) {
    const answer = await context.io.ask(`${change.question} [y/N] `);
    return /^\s*y(es)?\s*$/i.test(answer ?? "") ? undefined : declined(context);
  }
  const answer = await context.io.ask(
    isLarge
      ? `${change.question} That is more than ${countText(partitionsThatNeedName)} partitions. Type ${change.name} to continue: `
      : `${change.question} Type ${change.name} to continue: `,
  );
  if (answer === undefined || answer.trim() === "") return declined(context);
  if (answer.trim() === change.name) return undefined;
  throw new ConfirmationMismatchError(answer.trim(), change.name);
}

function declined(context: CommandContext): number {
  context.out.note("Nothing was changed.");
  return exitCodes.interrupted;
}
