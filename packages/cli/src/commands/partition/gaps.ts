import type { AssetGaps, BackfillPreview, GapReport } from "@infill/client";
import { selectionOfWords } from "../../actions/selectionOfWords.ts";
import type { CommandContext } from "../../command/commandContext.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import { withChangeOptions, withFollowOptions } from "../../options/commonOptions.ts";
import { submitRequest } from "../../actions/submitRequest.ts";
import { escapeText } from "../../text/escapeText.ts";
import { countOf, countText } from "../../text/numbers.ts";
import { shellWord } from "../../text/shellWord.ts";
import { renderTable } from "../../text/table.ts";
import { warningLines } from "../../text/warningLines.ts";

const kinds = ["missing", "failed", "stale"] as const;

/** `infill gaps [assets]` */
export const gaps: DefineCommand = (command, run) => {
  const declared = command
    .argument("[assets...]", "asset selection: sales, sales+, tag:x, * (default: *)")
    .option("--fix", "run all gaps and everything downstream as one backfill")
    .option("--label <text>", "with --fix: a name for people")
    .option("--wait", "with --fix: watch it to its end; the exit code says how it ended")
    .option("-q, --quiet", "print only names of assets with gaps; with --fix, only the id");
  withFollowOptions(withChangeOptions(declared)).action((written, options) =>
    run(async (context) => {
      const assets = written.length === 0 ? "*" : selectionOfWords(written);
      const isFix = options.fix === true;
      for (const flag of ["dryRun", "wait", "yes", "confirm", "reason", "label"] as const) {
        const name = flag === "dryRun" ? "dry-run" : flag;
        context.refuse(!isFix && options[flag] !== undefined, `--${name} goes with --fix.`);
      }
      const client = await context.client();
      const report = await client.assets.findGaps(assets);
      for (const { problem } of report.unfit ?? []) context.out.warn(problem);
      if (!isFix || report.partitions === 0) {
        printGaps(context, report, options.quiet === true);
        return undefined;
      }
      const request = {
        // One asset that does not fit its state would keep all of them from being run.
        assets:
          report.unfit === undefined ? assets : report.assets.map(({ asset }) => asset).join(","),
        reprocess: "stale" as const,
        actor: context.actor,
        ...(options.label === undefined ? {} : { label: options.label }),
        ...(options.reason === undefined ? {} : { reason: options.reason }),
      };
      noteUnreached(context, report, await client.backfills.preview(request));
      return submitRequest(context, client, request, options);
    }),
  );
};

/** Says which assets keep gaps: partitions that read nothing which exists, so that no mapping leads to them. */
function noteUnreached(
  { out, shared }: CommandContext,
  report: GapReport,
  preview: BackfillPreview,
): void {
  const gapsByAsset = new Map(report.assets.map((each) => [each.asset, each.partitions]));
  const unreached = preview.assets.flatMap(({ asset, toRun }) => {
    const gapsOf = gapsByAsset.get(asset) ?? 0;
    const text = `${countOf(gapsOf - toRun, "gap")} of ${asset} read no existing upstream partition, so this leaves them out. Run: infill gaps ${shellWord(asset)} --fix`;
    return toRun >= gapsOf ? [] : [{ kind: "unreached", text }];
  });
  for (const text of warningLines(unreached, shared.verbose)) out.note(text);
}

function printGaps({ out }: CommandContext, report: GapReport, quiet: boolean): void {
  const { assets, partitions } = report;
  const wanting = assets.filter((asset) => asset.partitions > 0);
  if (quiet) {
    out.lines(wanting.map(({ asset }) => asset));
    return;
  }
  if (out.format === "json") {
    out.object("gaps", report);
    return;
  }
  if (out.format === "jsonl") {
    for (const asset of assets) out.object("asset_gaps", asset);
    return;
  }
  if (partitions === 0) {
    out.lines([`No gaps in ${countOf(assets.length, "asset")}.`]);
    return;
  }
  out.lines([
    ...renderTable(
      [
        { header: "asset", canShrink: true },
        { header: "gap" },
        { header: "partitions", align: "right" },
        { header: "which", canShrink: true },
      ],
      wanting.flatMap(rowsOf),
      out.theme,
      out.width,
    ),
    `${countOf(partitions, "partition")} in ${countText(wanting.length)} of ${countOf(assets.length, "asset")}.${runningText(report)}`,
  ]);
  out.note("Run them: infill gaps --fix");
}

/** A gap that runs now may be none in a moment. */
function runningText({ assets, inProgress }: GapReport): string {
  if (inProgress === 0) return "";
  const parts = assets
    .filter((asset) => asset.inProgress > 0)
    .map((asset) => `${countText(asset.inProgress)} of ${asset.asset}`);
  const named = parts.slice(0, 5).join(", ") + (parts.length > 5 ? " and others" : "");
  return ` ${countText(inProgress)} of them ${inProgress === 1 ? "runs" : "run"} now: ${named}.`;
}

function rowsOf(gapsOf: AssetGaps): { readonly text: string }[][] {
  return kinds.flatMap((kind) => {
    const { partitions, text } = gapsOf[kind];
    return partitions === 0
      ? []
      : [
          [
            { text: gapsOf.asset },
            { text: kind },
            { text: countText(partitions) },
            { text: escapeText(text) },
          ],
        ];
  });
}
