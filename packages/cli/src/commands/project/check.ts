import type { CommandContext } from "../../command/commandContext.ts";
import type { DefineCommand } from "../../command/commandNode.ts";
import { definitionWarnings } from "../../project/definitionWarnings.ts";
import type { LoadedProject } from "../../project/loadProject.ts";
import { escapeText } from "../../text/escapeText.ts";
import { countOf } from "../../text/numbers.ts";
import { type Cell, renderFields } from "../../text/table.ts";
import { type KindOfWarning, warningLines } from "../../text/warningLines.ts";
import { redactRedisUrl } from "@infill/core";

/** What `infill check` found; it is JSON output, but for the kinds of warnings. */
interface CheckResult {
  readonly project: {
    readonly file: string;
    readonly namespace: string;
    readonly assets: number;
    readonly pools: readonly string[];
  };
  readonly redis?: {
    readonly url: string;
    readonly origin: string;
    readonly version: string;
    readonly appendOnly: boolean;
  };
  /** What works but may surprise, one sentence each, and of what kind it is. */
  readonly warnings: readonly KindOfWarning[];
}

/** `infill check` */
export const check: DefineCommand = (command, run) => {
  command.option("--offline", "check only definitions, not Redis").action((options) =>
    run(async (context) => {
      const { out } = context;
      const loaded = await context.project();
      const result =
        options.offline === true ? definitionsOf(loaded) : await checkedWithRedis(context, loaded);
      const warnings = result.warnings.map(({ text }) => text);
      out.value("check", { ...result, warnings }, () =>
        renderFields(fieldsOf(result), out.theme, out.width),
      );
      if (out.isJson) return;
      for (const text of warningLines(result.warnings, context.shared.verbose)) out.warn(text);
    }),
  );
};

function definitionsOf({ project, file }: LoadedProject): CheckResult {
  const { namespace, graph, pools } = project;
  return {
    project: { file, namespace, assets: graph.assets.size, pools: [...pools.keys()] },
    warnings: definitionWarnings(project, Date.now()),
  };
}

async function checkedWithRedis(
  context: CommandContext,
  loaded: LoadedProject,
): Promise<CheckResult> {
  const definitions = definitionsOf(loaded);
  const { url, origin } = await context.redis(loaded);
  const client = await context.services.connect(loaded.project, { redisUrl: url });
  try {
    const { version, appendOnly, warnings } = client.redis;
    const unfit = (await client.assets.list()).flatMap(({ problem }) => problem ?? []);
    const idle = (await client.pools.list()).filter(({ workers }) => workers === 0);
    const hasPlanner = (await client.planners.list()).some(({ state }) => state !== "lost");
    return {
      ...definitions,
      redis: { url: redactRedisUrl(url), origin, version, appendOnly },
      warnings: [
        ...definitions.warnings,
        ...warnings.map((text) => ({ kind: "redis", text })),
        ...(hasPlanner
          ? []
          : [{ kind: "no_planner", text: "No planner is running: infill planner start." }]),
        ...unfit.map((text) => ({ kind: "unfit", text })),
        ...idle.map(({ pool }) => ({
          kind: "no_worker",
          text: `No worker serves the pool "${pool}": infill worker start --pool ${pool}.`,
        })),
      ],
    };
  } finally {
    await client.close();
  }
}

function fieldsOf({ project, redis, warnings }: CheckResult): (readonly [string, Cell])[] {
  return [
    ["project", { text: escapeText(project.file) }],
    ["namespace", { text: project.namespace }],
    [
      "definitions",
      {
        text: `${countOf(project.assets, "asset")}, ${countOf(project.pools.length, "pool")}: no errors`,
        role: "green",
      },
    ],
    ...(redis === undefined
      ? []
      : ([
          ["redis", { text: `${redis.url} (from ${redis.origin})` }],
          [
            "server",
            { text: `${redis.version}, append-only file ${redis.appendOnly ? "on" : "off"}` },
          ],
        ] as const)),
    ["warnings", { text: String(warnings.length), role: warnings.length > 0 ? "yellow" : "plain" }],
  ];
}
