import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./script.mjs";
import { SetupError } from "./setupError.mjs";

/**
 * @typedef {object} Machine where to look and what to call; a test has another one
 * @property {NodeJS.ProcessEnv} env
 * @property {NodeJS.Platform} platform
 * @property {boolean} isRoot
 */

/** @returns {Machine} */
const thisMachine = () => ({
  env: process.env,
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
});

/**
 * Makes sure that the rest can have a Redis server: the one that `REDIS_URL` names, `redis-server` or
 * `valkey-server` on the PATH, or one installed now from the system's package manager.
 *
 * @param {Machine} [machine]
 * @throws {SetupError} that says what to install and how where it can't be done here
 */
export async function ensureRedisServer(machine = thisMachine()) {
  const { env } = machine;
  const url = env["REDIS_URL"];
  if (url) {
    if (/^rediss?:\/\//.test(url)) return;
    throw new SetupError(
      `REDIS_URL must begin with redis:// or rediss://, and ${JSON.stringify(url.split("://")[0])} does not: ` +
        "correct it, or unset it to use a server of its own.",
    );
  }
  if (hasServer(env)) return;
  if (machine.platform === "darwin") await installWithBrew(machine);
  else await installWithApt(machine);
  if (!hasServer(env)) {
    throw new SetupError(
      "The package was installed, but neither redis-server nor valkey-server is on the PATH: add its directory to the PATH, or set REDIS_URL.",
    );
  }
}

/** @param {NodeJS.ProcessEnv} env */
const hasServer = (env) => isOnPath("redis-server", env) || isOnPath("valkey-server", env);

/**
 * @param {string} command
 * @param {NodeJS.ProcessEnv} env
 */
function isOnPath(command, env) {
  return (env["PATH"] ?? "").split(delimiter).some((directory) => {
    try {
      accessSync(join(directory || ".", command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {Machine} machine */
async function installWithBrew({ env }) {
  if (!isOnPath("brew", env)) {
    throw new SetupError(
      "There is no Redis server and no Homebrew to install one with: install Homebrew (https://brew.sh) and run `brew install redis`, or set REDIS_URL to a server that you have.",
    );
  }
  console.error("Installing a Redis server: brew install redis (no service is started).");
  const { code } = await run("brew", ["install", "redis"], { env, toStderr: true });
  if (code !== 0) {
    throw new SetupError(
      "brew install redis failed, for the reason above: run it by hand, or set REDIS_URL to a server that you have.",
    );
  }
}

/** @param {Machine} machine */
async function installWithApt({ env, isRoot }) {
  const byHand = "install Redis (on Debian and Ubuntu: sudo apt-get install redis-server)";
  if (!isOnPath("apt-get", env)) {
    throw new SetupError(
      `There is no Redis server, and no apt-get to install one with: ${byHand.replace("Redis", "redis-server or valkey-server from your system's packages")}, or set REDIS_URL to a server that you have.`,
    );
  }
  /** @type {readonly string[]} */
  let asRoot = [];
  if (!isRoot) {
    const maySudo =
      isOnPath("sudo", env) &&
      (await run("sudo", ["-n", "true"], { env, capture: true })).code === 0;
    if (!maySudo) {
      throw new SetupError(
        `There is no Redis server, and installing one needs root: ${byHand} and run the command again, or set REDIS_URL to a server that you have.`,
      );
    }
    asRoot = ["sudo", "-n"];
  }
  /** @param {readonly string[]} words */
  const asRootRun = (words) => {
    const [command = "", ...args] = [...asRoot, ...words];
    return run(command, args, { env, toStderr: true });
  };
  const apt = [
    ...["env", "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_SUSPEND=1"],
    ...["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"],
  ];
  console.error("Installing a Redis server: apt-get install redis-server.");
  // A list that can't be refreshed may still do.
  await asRootRun([...apt, "update"]);
  const { code } = await asRootRun([
    ...apt,
    "install",
    "-y",
    "--no-install-recommends",
    "redis-server",
  ]);
  if (code !== 0) {
    throw new SetupError(
      `apt-get install redis-server failed, for the reason above: ${byHand}, or set REDIS_URL to a server that you have.`,
    );
  }
  await stopService(env, asRootRun);
}

/**
 * Debian's package starts a service; nobody asked for that, and nothing of ours uses it.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {(words: readonly string[]) => Promise<unknown>} asRootRun
 */
async function stopService(env, asRootRun) {
  if (isOnPath("systemctl", env) && existsSync("/run/systemd/system")) {
    console.error(
      "The package brought a service; stopping and disabling it, since nothing here uses it.",
    );
    await asRootRun(["systemctl", "disable", "--now", "redis-server"]);
  } else if (isOnPath("service", env)) {
    const status = await run("service", ["redis-server", "status"], { env, capture: true });
    if (status.code !== 0) return;
    console.error("The package started a service; stopping it, since nothing here uses it.");
    await asRootRun(["service", "redis-server", "stop"]);
  }
}
