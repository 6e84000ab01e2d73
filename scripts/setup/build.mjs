import { join } from "node:path";
import { root, run } from "./script.mjs";

/** The environment of everything that is run here: no telemetry, no update notices. */
export const quietEnvironment = () => ({
  ...process.env,
  DO_NOT_TRACK: "1",
  TURBO_TELEMETRY_DISABLED: "1",
  TURBO_NO_UPDATE_NOTIFIER: "1",
});

/**
 * The path of a command that an installed package brings.
 *
 * @param {string} name
 */
export const installedCommand = (name) => join(root, "node_modules", ".bin", name);

/**
 * Builds what has changed since the last time. Output goes to standard error.
 *
 * @param {readonly string[]} [packages] these, with what they need; all unless given
 * @returns {Promise<boolean>} whether it worked; if not, the compiler has said why
 */
export async function build(packages = []) {
  console.error("Building (turbo run build).");
  const filters = packages.map((name) => `--filter=${name}`);
  const args = ["run", "build", "--output-logs=errors-only", "--log-order=grouped", ...filters];
  const env = quietEnvironment();
  const { code } = await run(installedCommand("turbo"), args, { env, toStderr: true });
  return code === 0;
}
