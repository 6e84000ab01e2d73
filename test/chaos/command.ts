import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { spawnNode } from "@infill/test-support";
import { builtProcess } from "./builtProcess.ts";
import type { Scenario } from "./scenario.ts";

/** The command as it is built: what users run. */
const commandFile = join(
  dirname(createRequire(import.meta.url).resolve("infill")),
  "../bin/infill.js",
);

/** What a command answered. */
export interface CommandAnswer {
  readonly exitCode: number | null;
  /** What it printed, parsed; undefined where this is not JSON. */
  readonly value: unknown;
  readonly stderr: string;
}

/** Runs `infill … --json` against the Redis of a scenario. */
export async function runCommand(
  { settings, server }: Scenario,
  args: readonly string[],
): Promise<CommandAnswer> {
  const command = spawnNode(
    commandFile,
    [...args, "--json", "--project", builtProcess("cliProject")],
    { env: { CHAOS: JSON.stringify(settings), INFILL_REDIS_URL: server.url, NO_COLOR: "1" } },
  );
  const { code } = await command.exited;
  return { exitCode: code, value: parsed(command.stdout), stderr: command.stderr };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
