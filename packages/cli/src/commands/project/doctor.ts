import type { DoctorFinding, DoctorReport } from "@infill/doctor";
import type { DefineCommand } from "../../command/commandNode.ts";
import { confirmChange } from "../../actions/confirmChange.ts";
import { exitCodes } from "../../terminal/exitCodes.ts";
import type { Output } from "../../terminal/output.ts";
import { doctorOptionsSchema } from "@infill/doctor/inputs";
import { durationOf } from "../../options/parsers.ts";
import { escapeText } from "../../text/escapeText.ts";
import { countOf, countText, durationText } from "../../text/numbers.ts";
import { type Cell, renderFields } from "../../text/table.ts";

/** `infill doctor` */
export const doctor: DefineCommand = (command, run) => {
  command
    .option("--fix", "repair findings")
    .option("--dry-run", "look only, the same as without --fix")
    .option("--confirm <name>", "with --fix: do not ask; repeat the namespace")
    .option("--reason <text>", "with --fix: why; the logs of repaired backfills keep it")
    .option(
      "--patience <time>",
      "how long queue and state must differ to be a finding (5s)",
      durationOf(doctorOptionsSchema.shape.patienceMs),
    )
    .action((options) =>
      run(async (context) => {
        const { out } = context;
        const client = await context.client();
        const fix = options.fix === true && options.dryRun !== true;
        if (fix) {
          const declined = await confirmChange(context, {
            question: `Repair the state of ${client.project.namespace}?`,
            partitions: 0,
            name: client.project.namespace,
            isDangerous: true,
            yes: false,
            confirm: options.confirm,
          });
          if (declined !== undefined) return declined;
        }
        const report = await context.services.runDoctor(client, {
          fix,
          actor: context.actor,
          ...(options.reason === undefined ? {} : { reason: options.reason }),
          ...(options.patience === undefined ? {} : { patienceMs: options.patience }),
        });
        printReport(out, report);
        return report.findings.every(({ repair }) => repair === "repaired")
          ? exitCodes.done
          : exitCodes.unsound;
      }),
    );
};

function printReport(out: Output, report: DoctorReport): void {
  const { findings, ...rest } = report;
  if (out.format === "jsonl") {
    for (const finding of findings) out.object("doctor_finding", finding);
    out.object("doctor", { ...rest, findings: findings.length });
  } else if (out.isJson) {
    out.object("doctor", report);
  } else {
    out.lines(linesOf(out, report));
    for (const text of report.warnings) out.warn(text);
  }
}

function linesOf(
  out: Output,
  { namespace, looked, findings, notes, tookMs }: DoctorReport,
): string[] {
  const fields: (readonly [string, Cell])[] = [
    ["namespace", { text: namespace }],
    [
      "looked at",
      {
        text: `${countOf(looked.keys, "key")}, ${countOf(looked.assets, "asset")}, ${countOf(looked.backfills, "backfill")}, ${countOf(looked.partitions, "partition")}, ${countOf(looked.jobs, "job")} in ${durationText(tookMs)}`,
      },
    ],
    [
      "findings",
      findings.length === 0
        ? { text: "none", role: "green" }
        : { text: countText(findings.length), role: "red" },
    ],
  ];
  return [
    ...renderFields(fields, out.theme, out.width),
    ...findings.flatMap((finding) => ["", ...findingLines(out, finding)]),
    ...(notes.length === 0 ? [] : ["", ...notes.map((text) => `note: ${escapeText(text)}`)]),
  ];
}

const marks = { possible: "✕", failed: "✕", by_hand: "✕", repaired: "✓" } as const;

function findingLines({ theme }: Output, finding: DoctorFinding): string[] {
  const { check, severity, asset, backfillId, pool, partitions, count, repair } = finding;
  const where = [
    asset,
    backfillId,
    pool === undefined ? undefined : `pool ${pool}`,
    partitions.length === 0
      ? undefined
      : `${partitions.join(", ")}${count > partitions.length ? ` and ${countText(count - partitions.length)} more` : ""}`,
  ].filter((part) => part !== undefined);
  const mark = theme.paint(
    repair === "repaired" ? "green" : severity === "violation" ? "red" : "yellow",
    marks[repair],
  );
  const many = count > 1 && partitions.length === 0 ? ` (${countText(count)})` : "";
  const outcome = {
    possible: `--fix: ${finding.remedy}`,
    repaired: `repaired: ${finding.remedy}`,
    failed: `not repaired${finding.failure === undefined ? "" : ` (${finding.failure})`}; run the doctor again. ${finding.remedy}`,
    by_hand: `by hand: ${finding.remedy}`,
  }[repair];
  return [
    `${mark} ${theme.paint("bold", check)}${many}  ${escapeText(where.join("  "))}`.trimEnd(),
    `  ${escapeText(finding.problem)}`,
    `  ${escapeText(outcome)}`,
  ];
}
