import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { ensureRedisServer } from "./redisServer.mjs";

beforeEach(() => {
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  return () => said.mockRestore();
});

/**
 * A machine of which only these commands are on the PATH. Each notes how it was called, then runs its shell text.
 *
 * @param {Record<string, string>} commands
 * @param {{ platform?: NodeJS.Platform, isRoot?: boolean, redisUrl?: string }} [options]
 */
function machineWith(commands, { platform = "linux", isRoot = true, redisUrl } = {}) {
  const directory = mkdtempSync(join(tmpdir(), "infill-machine-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const calls = join(directory, "calls.txt");
  // The real `env` would be found through the PATH too.
  const all = { env: `exec /usr/bin/env "$@"`, ...commands };
  for (const [name, text] of Object.entries(all)) {
    const note = name === "env" ? "" : `echo "${name} $*" >> ${calls}`;
    writeFileSync(join(directory, name), `#!/bin/sh\n${note}\n${text}\n`);
    chmodSync(join(directory, name), 0o755);
  }
  const env = { PATH: directory, ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }) };
  return {
    machine: { env, platform, isRoot },
    calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []),
    install: `/bin/cp ${join(directory, "env")} ${join(directory, "redis-server")}`,
  };
}

test.each(["redis-server", "valkey-server"])("%s on the PATH is enough", async (command) => {
  const { machine, calls } = machineWith({ [command]: "", "apt-get": "exit 1" });
  await ensureRedisServer(machine);
  expect(calls()).toEqual([]);
});

test("a server that REDIS_URL names is used, and nothing is installed", async () => {
  const { machine, calls } = machineWith({ "apt-get": "" }, { redisUrl: "rediss://there:6380" });
  await ensureRedisServer(machine);
  expect(calls()).toEqual([]);
});

test("a REDIS_URL of another kind is refused, without its password", async () => {
  const { machine } = machineWith({}, { redisUrl: "http://user:secret@there" });
  await expect(ensureRedisServer(machine)).rejects.toThrow(
    /begin with redis:\/\/ or rediss:\/\/, and "http"/,
  );
});

/** @param {string} install what `apt-get install` does */
const apt = (install) => `case "$*" in *install*) ${install} ;; esac`;

test("as root, apt-get updates its lists and installs, and waits for other installations", async () => {
  const machine = machineWith({ "apt-get": "" });
  writeFileSync(
    join(machine.machine.env.PATH, "apt-get"),
    `#!/bin/sh\necho "apt-get $* [$DEBIAN_FRONTEND]" >> ${join(machine.machine.env.PATH, "calls.txt")}\n${apt(machine.install)}\n`,
  );
  await ensureRedisServer(machine.machine);
  const options = "-q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3";
  expect(machine.calls()).toEqual([
    `apt-get ${options} update [noninteractive]`,
    `apt-get ${options} install -y --no-install-recommends redis-server [noninteractive]`,
  ]);
});

test("a service that the package started is stopped", async () => {
  const fake = machineWith({ "apt-get": "", service: "" });
  writeFileSync(join(fake.machine.env.PATH, "apt-get"), `#!/bin/sh\n${apt(fake.install)}\n`);
  await ensureRedisServer(fake.machine);
  expect(fake.calls()).toEqual(["service redis-server status", "service redis-server stop"]);
});

test("without root, sudo is used if it asks for no password, and otherwise one sentence says what to do", async () => {
  const withSudo = machineWith(
    { sudo: `[ "$2" = true ] || { shift; exec "$@"; }`, "apt-get": "" },
    { isRoot: false },
  );
  writeFileSync(
    join(withSudo.machine.env.PATH, "apt-get"),
    `#!/bin/sh\n${apt(withSudo.install)}\n`,
  );
  await ensureRedisServer(withSudo.machine);
  expect(withSudo.calls()[0]).toBe("sudo -n true");

  const without = machineWith({ sudo: "exit 1", "apt-get": "" }, { isRoot: false });
  await expect(ensureRedisServer(without.machine)).rejects.toThrow(
    "There is no Redis server, and installing one needs root: install Redis " +
      "(on Debian and Ubuntu: sudo apt-get install redis-server) and run the command again, " +
      "or set REDIS_URL to a server that you have.",
  );
  expect(without.calls()).toEqual(["sudo -n true"]);
});

test("an installation that fails, and a system without apt-get, say what to do", async () => {
  const failing = machineWith({ "apt-get": apt("exit 100") });
  await expect(ensureRedisServer(failing.machine)).rejects.toThrow(
    /apt-get install redis-server failed/,
  );
  await expect(ensureRedisServer(machineWith({}).machine)).rejects.toThrow(
    /no apt-get to install one with/,
  );
});

test("on macOS, Homebrew installs it", async () => {
  const fake = machineWith({ brew: "" }, { platform: "darwin" });
  writeFileSync(
    join(fake.machine.env.PATH, "brew"),
    `#!/bin/sh\n[ "$*" = "install redis" ] && ${fake.install}\n`,
  );
  await ensureRedisServer(fake.machine);
  const { machine } = machineWith({}, { platform: "darwin" });
  await expect(ensureRedisServer(machine)).rejects.toThrow(/brew\.sh/);
});
