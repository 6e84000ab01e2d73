import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type NodeProcess,
  redisUrlForTests,
  spawnNode,
  type SpawnNodeOptions,
  testPrefix,
} from "@infill/test-support";

/** The command as it is built: what users run. */
export const commandFile: string = join(
  dirname(createRequire(import.meta.url).resolve("infill")),
  "../bin/infill.js",
);

/** What a command did. */
export interface CommandRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory of its own with a project file, without node_modules, on the server that all tests share. */
export interface CommandProject {
  readonly directory: string;
  /** Runs a command to its end. */
  run(args: readonly string[], options?: SpawnNodeOptions): Promise<CommandRun>;
  /** Runs a command, and parses the last line of what it printed. */
  json(args: readonly string[], options?: SpawnNodeOptions): Promise<Record<string, unknown>>;
  /** Starts a command that goes on. It ends with the project. */
  start(args: readonly string[], options?: SpawnNodeOptions): NodeProcess;
  write(file: string, text: string): void;
  /** Ends what was started and removes the directory. */
  close(): Promise<void>;
}

/** Makes a project. `NAMESPACE` in its text becomes a namespace that no other test uses. */
export function commandProject(config: string, redisUrl = redisUrlForTests()): CommandProject {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "infill-e2e-")));
  const namespace = testPrefix();
  const started: NodeProcess[] = [];
  const start = (args: readonly string[], options: SpawnNodeOptions = {}) =>
    spawnNode(commandFile, args, {
      cwd: directory,
      ...options,
      env: { REDIS_URL: redisUrl, INFILL_ACTOR: "tester", NO_COLOR: "1", ...options.env },
    });
  const run = async (args: readonly string[], options?: SpawnNodeOptions) => {
    const command = start(args, options);
    const { code } = await command.exited;
    return { exitCode: code, stdout: command.stdout, stderr: command.stderr };
  };
  const write = (file: string, text: string) =>
    writeFileSync(join(directory, file), text.replaceAll("NAMESPACE", namespace));
  write("infill.config.ts", config);
  return {
    directory,
    run,
    write,
    async json(args, options) {
      const { stdout, stderr } = await run([...args, "--json"], options);
      const last = stdout.trimEnd().split("\n").at(-1) ?? "";
      if (last === "") throw new Error(`No JSON from infill ${args.join(" ")}: ${stderr}`);
      return JSON.parse(last);
    },
    start(args, options) {
      const command = start(args, options);
      started.push(command);
      return command;
    },
    async close() {
      await Promise.all(started.map((command) => command.stop()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
