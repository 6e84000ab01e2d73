import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { ChangedDynamicPartitions, DynamicChangeOptions, InfillClient } from "@infill/client";
import type { CommandContext } from "../command/commandContext.ts";
import { withChangeOptions } from "../options/commonOptions.ts";
import { confirmChange, partitionsThatNeedName } from "./confirmChange.ts";
import { dynamicKeysInput } from "./dynamicKeysInput.ts";
import { escapeText } from "../text/escapeText.ts";
import { countOf, countText } from "../text/numbers.ts";

/** Adding keys, or removing them. */
interface KeyChange {
  readonly verb: "add" | "remove";
  readonly done: "added" | "removed";
  /** What is said of keys to which nothing is to be done. */
  readonly otherwise: string;
  /** What is said of an asset's state of the keys. */
  readonly ofState: string;
  change(
    client: InfillClient,
    definition: string,
    keys: readonly string[],
    options: DynamicChangeOptions,
  ): Promise<ChangedDynamicPartitions>;
}

/** The arguments and flags of `dynamic add` and `dynamic remove`. */
export function withKeyOptions<A extends unknown[], O extends OptionValues, G extends OptionValues>(
  command: Command<A, O, G>,
) {
  return withChangeOptions(
    command
      .argument("<definition>", "name of a dynamic definition")
      .argument("[keys...]", "keys")
      .option("--from <file>", "file with one key a line; - reads standard input"),
  );
}

/** Shows what would be changed, asks where keys are removed or very many, and changes it. */
export async function changeDynamicKeys(
  context: CommandContext,
  definition: string,
  written: readonly string[],
  options: {
    readonly from?: string | undefined;
    readonly reason?: string | undefined;
    readonly dryRun?: true | undefined;
    readonly yes?: true | undefined;
    readonly confirm?: string | undefined;
  },
  { verb, done, otherwise, ofState, change }: KeyChange,
): Promise<number | undefined> {
  const { out } = context;
  const keys = await dynamicKeysInput(written, options.from, context.io);
  const client = await context.client();
  const preview = await change(client, definition, keys, { dryRun: true });
  if (options.dryRun === true) {
    out.value(`dynamic_${verb}_preview`, preview, () => [
      `Would ${verb} ${countOf(preview.changed, "key")} of ${definition}.`,
      ...notes(preview, otherwise, ofState),
    ]);
    return undefined;
  }
  // Adding takes nothing away, so it is not asked for unless there are very many.
  if (preview.changed > 0 && (verb === "remove" || preview.changed > partitionsThatNeedName)) {
    if (context.canAsk && options.confirm === undefined)
      for (const line of notes(preview, otherwise, ofState)) out.note(line);
    const declined = await confirmChange(context, {
      question: `${verb === "add" ? "Add" : "Remove"} ${countOf(preview.changed, "key")} of ${definition}?`,
      partitions: preview.changed,
      name: definition,
      yes: options.yes === true,
      confirm: options.confirm,
    });
    if (declined !== undefined) return declined;
  }
  const result = await change(client, definition, keys, context.by(options.reason));
  context.warnOfRedis(client);
  out.value(`dynamic_partitions_${done}`, result, () => [
    `${countOf(result.changed, "key")} of ${definition} ${done}.`,
    ...notes(result, otherwise, ofState),
  ]);
  return undefined;
}

function notes(
  { unchanged, unchangedKeys, assets }: ChangedDynamicPartitions,
  otherwise: string,
  ofState: string,
): string[] {
  const shown = unchangedKeys.map(escapeText).join(", ");
  const more = unchanged > unchangedKeys.length ? ", …" : "";
  return [
    ...(unchanged === 0 ? [] : [`${countOf(unchanged, "key")} ${otherwise}: ${shown}${more}.`]),
    ...assets.map(
      ({ asset, materialized, failed, inProgress }) =>
        `${asset} ${ofState}: ${countText(materialized)} materialized, ${countText(failed)} failed, ${countText(inProgress)} in progress.`,
    ),
  ];
}
