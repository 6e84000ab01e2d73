import type { Command, OptionValues } from "@commander-js/extra-typings";
import type {
  ChangedPartitions,
  InfillClient,
  PartitionChange,
  StatusCounts,
} from "@infill/client";
import type { CommandContext } from "../command/commandContext.ts";
import { withChangeOptions } from "../options/commonOptions.ts";
import { confirmChange, partitionsThatNeedName } from "./confirmChange.ts";
import { partitionsInput } from "./partitionsInput.ts";
import { countOf, countText } from "../text/numbers.ts";

/** A change of partitions that runs nothing. */
interface HandChange {
  readonly verb: "mark" | "wipe";
  readonly done: string;
  /** The question, for `12 partitions`. */
  sentence(partitions: string): string;
  change(client: InfillClient, change: PartitionChange): Promise<ChangedPartitions>;
}

/** The flags of `partition mark` and `partition wipe`. */
export function withHandOptions<
  A extends unknown[],
  O extends OptionValues,
  G extends OptionValues,
>(command: Command<A, O, G>) {
  return withChangeOptions(
    command.requiredOption(
      "--partitions <text>",
      "partition text; - reads standard input, @name reads a file",
    ),
  );
}

/** Shows what would be changed, asks, and changes it. A wipe, and whatever concerns very many, asks for the asset's name. */
export async function changePartitionsByHand(
  context: CommandContext,
  asset: string,
  options: {
    readonly partitions: string;
    readonly reason?: string | undefined;
    readonly dryRun?: true | undefined;
    readonly yes?: true | undefined;
    readonly confirm?: string | undefined;
  },
  { verb, done, sentence, change }: HandChange,
): Promise<number | undefined> {
  const { out } = context;
  const partitions = (await partitionsInput(options.partitions, context.io)) ?? "";
  const client = await context.client();
  const counts = await client.partitions.count(asset, partitions);
  const toChange = counts.total - counts.inProgress;
  if (options.dryRun === true) {
    out.value(`partition_${verb}_preview`, { asset, partitions, toChange, counts }, () => [
      `Would ${verb} ${countOf(toChange, "partition")} of ${asset}: ${countsText(counts)}.`,
    ]);
    return undefined;
  }
  if (toChange > 0) {
    if (context.canAsk && options.confirm === undefined)
      out.note(`Selected: ${countsText(counts)}.`);
    const declined = await confirmChange(context, {
      question: sentence(countOf(toChange, "partition")),
      partitions: toChange,
      name: asset,
      isDangerous: verb === "wipe" || toChange > partitionsThatNeedName,
      yes: options.yes === true,
      confirm: options.confirm,
    });
    if (declined !== undefined) return declined;
  }
  const result = await change(client, {
    partitions,
    actor: context.actor,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  });
  context.warnOfRedis(client);
  out.value(`partitions_${done}`, result, () => [
    `${countOf(result.changed, "partition")} of ${asset} ${done}.`,
  ]);
  if (result.leftOut > 0)
    out.warn(`${countOf(result.leftOut, "partition")} left out, because they are running.`);
  return undefined;
}

function countsText({ missing, materialized, failed, inProgress }: StatusCounts): string {
  const parts = [
    `${countText(materialized)} materialized`,
    `${countText(failed)} failed`,
    `${countText(missing)} missing`,
  ];
  const running =
    inProgress === 0 ? "" : `; ${countText(inProgress)} of them are running and left out`;
  return parts.join(", ") + running;
}
