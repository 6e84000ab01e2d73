import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./script.mjs";
import { SetupError } from "./setupError.mjs";

/** @typedef {Record<string, { version?: string, integrity?: string, link?: boolean, optional?: boolean }>} Packages */

/**
 * @param {string} path
 * @returns {Packages}
 */
const packagesOf = (path) => JSON.parse(readFileSync(path, "utf8")).packages ?? {};

/**
 * Whether what is installed is what the lock file says. Compares the lock file with the copy that npm leaves in
 * node_modules; optional packages (builds for other systems) may be absent.
 *
 * @param {string} directory with the lock file
 */
export function nodeModulesAreCurrent(directory) {
  const installedPath = join(directory, "node_modules", ".package-lock.json");
  if (!existsSync(installedPath)) return false;
  const installed = packagesOf(installedPath);
  return Object.entries(packagesOf(join(directory, "package-lock.json"))).every(
    ([path, wanted]) => {
      if (!path.startsWith("node_modules/") && !path.includes("/node_modules/")) return true;
      const found = installed[path];
      if (found === undefined) return wanted.optional === true;
      return found.version === wanted.version && found.integrity === wanted.integrity;
    },
  );
}

/** Installs the node modules that the lock file names, unless they are there. */
export async function ensureNodeModules() {
  if (nodeModulesAreCurrent(root)) return;
  console.error("Installing the node modules of package-lock.json into node_modules (npm ci).");
  const args = ["ci", "--no-fund", "--no-audit", "--loglevel=error"];
  // Within `npm run`, npm says where it is; that one, not another on the PATH.
  const npm = process.env["npm_execpath"];
  const { code } = npm?.endsWith(".js")
    ? await run(process.execPath, [npm, ...args], { toStderr: true })
    : await run("npm", args, { toStderr: true });
  if (code === 0) return;
  throw new SetupError(
    code === 127
      ? "There is no npm on the PATH: install it (it comes with Node from https://nodejs.org) and run the command again."
      : "npm ci failed, for the reason above: see that the npm registry can be reached, and run the command again.",
  );
}
