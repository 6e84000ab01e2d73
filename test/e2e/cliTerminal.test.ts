import { execFileSync, spawn } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { redisUrlForTests } from "@infill/test-support";
import { type CommandProject, commandFile, commandProject } from "./infillCommand.ts";

const config = `
import { asset, daily, project } from "infill";
const days = daily({ start: "2004-01-01", end: "2024-01-01" });
export default project({ namespace: "NAMESPACE", assets: [asset({ name: "sales", partitions: days, materialize() {} })] });
`;

let project: CommandProject;
beforeAll(() => {
  project = commandProject(config);
});
afterAll(() => project.close());

const infill = `'${process.execPath}' '${commandFile}'`;

/** Runs a line of shell in the project's directory. */
function shell(line: string): string {
  return execFileSync("bash", ["-c", line], {
    cwd: project.directory,
    encoding: "utf8",
    env: { ...process.env, REDIS_URL: redisUrlForTests() },
  });
}

interface OnTerminal {
  /** Typed once the terminal shows `after`. */
  readonly typed?: string;
  readonly after?: RegExp;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a line of shell on a pseudo-terminal of 60 columns, and gives what the terminal showed. */
function onTerminal(line: string, options: OnTerminal = {}): Promise<string> {
  const { typed = "", after = /\? \[y\/N\] |to go on: /, env = {} } = options;
  return new Promise((resolve) => {
    // Ctrl-C reaches the shell as well, and some shells end of it before they can say how the command ended.
    const script = `trap : INT; stty cols 60; ${line}; echo "exit code $?"`;
    const terminal = spawn("script", ["-qec", script, "/dev/null"], {
      cwd: project.directory,
      env: {
        ...process.env,
        SHELL: "/bin/sh",
        TERM: "xterm",
        REDIS_URL: redisUrlForTests(),
        ...env,
      },
    });
    let shown = "";
    let hasTyped = false;
    terminal.stdout.setEncoding("utf8");
    terminal.stdout.on("data", (text: string) => {
      shown += text;
      if (hasTyped || !after.test(shown)) return;
      hasTyped = true;
      terminal.stdin.write(typed);
    });
    terminal.on("close", () => resolve(shown.replaceAll("\r\n", "\n")));
  });
}

const hasScript = process.platform === "linux" && spawnable("script");

function spawnable(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test("a reader that closes the pipe ends the command quietly", () => {
  const line = `${infill} partition list sales --limit 10000 2>err.txt | head -n 1; echo "\${PIPESTATUS[0]}"; cat err.txt`;
  expect(shell(line)).toMatch(/^partition +status.*\n0\n(For more.*\n)?$/);
});

test("closed stdout and closed stderr do no harm", () => {
  expect(shell(`${infill} asset list 2>&-; echo $?`)).toMatch(/^asset .*\nsales .*\n0\n$/);
  expect(shell(`${infill} asset list >&-; echo $?`)).toBe("0\n");
});

test("ids go from one command to another", () => {
  const line = `id=$(${infill} backfill create sales -q --partitions 2004-01-01) && ${infill} backfill cancel "$id" --yes`;
  expect(shell(line)).toMatch(/^Backfill bf_\w+ is (canceling|canceled)\.\n$/);
});

test.runIf(hasScript)("on a terminal a question waits for its answer", async () => {
  const create = `${infill} backfill create sales --partitions '[2004-01-01...2004-01-31]'`;
  const no = await onTerminal(create, { typed: "n\r" });
  expect(no).toContain("Run 31 partitions? [y/N] ");
  expect(no).toMatch(/Nothing was changed\.\nexit code 130/);
  const yes = await onTerminal(create, { typed: "y\r" });
  expect(yes).toMatch(/Backfill bf_\w+ submitted: 31 partitions\.\n/);
});

test.runIf(hasScript)("Ctrl-C at a question changes nothing", async () => {
  const shown = await onTerminal(`${infill} backfill create sales`, { typed: "\u0003" });
  expect(shown).toMatch(/Nothing was changed\.\nexit code 130/);
});

test.runIf(hasScript)("Ctrl-C while watching says how to look again", async () => {
  const id = shell(`${infill} backfill create sales -q --partitions 2004-02-01`).trim();
  const shown = await onTerminal(`${infill} backfill watch ${id}`, {
    typed: "\u0003",
    after: /1 waiting|1 queued/,
  });
  expect(shown).toContain(`Look again: infill backfill watch ${id}`);
  expect(shown).toContain("exit code 130");
});

test.runIf(hasScript)("colors follow the terminal and the environment", async () => {
  const list = `${infill} pool list`;
  const [colored, plain, dumb] = await Promise.all([
    onTerminal(list),
    onTerminal(list, { env: { NO_COLOR: "1" } }),
    onTerminal(list, { env: { TERM: "dumb" } }),
  ]);
  expect(colored).toContain("\u001b[1mdefault");
  expect(plain + dumb).not.toContain("\u001b[");
});
