import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { CommandAnswer } from "../command.ts";
import type { AssetEvidence, BackfillEvidence, CommandEvidence } from "../evidence.ts";

const told = z.looseObject({
  id: z.string(),
  status: z.string(),
  counts: z.looseObject({
    selected: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    skipped: z.int(),
    canceled: z.int(),
  }),
});
const list = z.looseObject({ items: z.array(told) });
const count = z.looseObject({
  counts: z.looseObject({ materialized: z.int(), inProgress: z.int() }),
});
const doctor = z.looseObject({ findings: z.array(z.looseObject({ check: z.string() })) });

/** What the command tells, and all that it is compared with. */
export interface CommandAndClient {
  readonly command: CommandEvidence;
  readonly backfills: readonly {
    readonly id: string;
    readonly detail: Pick<BackfillEvidence["detail"], "status" | "counts">;
    readonly ledgers: readonly Omit<BackfillEvidence["ledgers"][number], "counters">[];
  }[];
  readonly assets: readonly Pick<AssetEvidence, "asset" | "materialized">[];
  readonly doctor: { readonly findings: readonly unknown[] };
}

/** Whether `infill … --json` tells what the client tells and what the planes hold. @returns a sentence for each violation */
export function commandAgreement({
  command,
  backfills,
  assets,
  doctor: client,
}: CommandAndClient): string[] {
  const wrong: string[] = [];
  const parse = <T>(name: string, schema: z.ZodType<T>, answer: CommandAnswer, exitCode = 0) => {
    const parsed = schema.safeParse(answer.value);
    if (parsed.success && answer.exitCode === exitCode) return parsed.data;
    wrong.push(
      `infill ${name} ended with ${answer.exitCode}; expected ${exitCode} and its JSON: ${answer.stderr.slice(-300)}${parsed.success ? "" : parsed.error.message}`,
    );
    return undefined;
  };
  const listed = parse("backfill list", list, command.list)?.items ?? [];
  for (const backfill of backfills) {
    const entry = listed.find(({ id }) => id === backfill.id);
    if (entry === undefined) wrong.push(`infill backfill list does not tell of ${backfill.id}`);
    else wrong.push(...compare("infill backfill list", entry, backfill));
  }
  const [first] = backfills;
  const shown = parse("backfill show", told, command.show);
  if (first !== undefined && shown !== undefined)
    wrong.push(...compare("infill backfill show", shown, first));
  const counted = parse(`partition count ${command.counted}`, count, command.count)?.counts;
  const held = assets.find(({ asset }) => asset === command.counted);
  if (
    counted !== undefined &&
    (counted.materialized !== held?.materialized.size || counted.inProgress !== 0)
  )
    wrong.push(
      `infill partition count ${command.counted} tells ${counted.materialized} materialized and ${counted.inProgress} in progress, the planes hold ${held?.materialized.size} and none`,
    );
  const sound = client.findings.length === 0;
  const found = parse("doctor", doctor, command.doctor, sound ? 0 : 10)?.findings;
  if (found !== undefined && (found.length === 0) !== sound)
    wrong.push(
      `infill doctor finds ${found.length} (${found.map(({ check }) => check).join(", ")}), the client's ${client.findings.length}`,
    );
  return wrong;
}

/** What a command tells of one backfill, beside what the client tells and what its ledgers hold. */
function compare(
  name: string,
  { id, status, counts }: z.output<typeof told>,
  { detail, ledgers }: CommandAndClient["backfills"][number],
): string[] {
  const wrong: string[] = [];
  if (status !== detail.status)
    wrong.push(`${name} tells that ${id} is ${status}, the client ${detail.status}`);
  if (!isDeepStrictEqual(counts, { ...detail.counts }))
    wrong.push(
      `${name} tells ${JSON.stringify(counts)} of ${id}, the client ${JSON.stringify(detail.counts)}`,
    );
  for (const outcome of ["selected", "succeeded", "failed", "skipped", "canceled"] as const) {
    const held = ledgers.reduce((sum, ledger) => {
      // What a canceled backfill has not settled counts as canceled, and has no bit.
      const isRest = outcome === "canceled" && status === "canceled";
      return sum + ledger[outcome].size + (isRest ? ledger.selected.size - ledger.settled.size : 0);
    }, 0);
    if (counts[outcome] !== held)
      wrong.push(`${name} tells ${counts[outcome]} ${outcome} of ${id}, the planes hold ${held}`);
  }
  return wrong;
}
