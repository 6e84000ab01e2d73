import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ProjectInvalidError, ProjectNotFoundError } from "../terminal/commandErrors.ts";

/** Names under which a project file is found, the first one first. */
export const projectFileNames = [
  "infill.config.ts",
  "infill.config.js",
  "infill.config.mts",
  "infill.config.mjs",
  "infill.config.cts",
  "infill.config.cjs",
] as const;

const maxFileBytes = 10_000_000;

/**
 * The project file of a command: the one that it names, or the nearest one from the current directory upward.
 *
 * @returns an absolute path of a readable regular file
 * @throws ProjectNotFoundError, ProjectInvalidError
 */
export function findProjectFile(named: string | undefined, cwd: string): string {
  const file = named === undefined ? nearestProjectFile(cwd) : resolve(cwd, localPath(named));
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new ProjectNotFoundError(file, "check the path given with --project or INFILL_PROJECT");
  }
  if (found.isDirectory()) {
    throw new ProjectInvalidError(
      file,
      `it is a directory; name the file in it, ${join(file, projectFileNames[0])}.`,
    );
  }
  if (!found.isFile()) throw new ProjectInvalidError(file, "it is not a regular file.");
  if (found.size > maxFileBytes) {
    throw new ProjectInvalidError(
      file,
      `it has ${found.size} bytes; expected at most ${maxFileBytes}.`,
    );
  }
  return file;
}

function nearestProjectFile(cwd: string): string {
  for (let directory = cwd; ; directory = dirname(directory)) {
    for (const name of projectFileNames) {
      const file = join(directory, name);
      if (statSync(file, { throwIfNoEntry: false }) !== undefined) return file;
    }
    if (directory === dirname(directory)) break;
  }
  throw new ProjectNotFoundError(
    `${projectFileNames[0]} in ${cwd} or above`,
    "write one (`infill init` makes an example) or name one with --project FILE",
  );
}

/** The path in a local `file:` URL, or the text itself. */
function localPath(text: string): string {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(text)) return text;
  try {
    if (text.startsWith("file:")) return fileURLToPath(text);
  } catch {
    // A file: URL of another host; refused like every other URL.
  }
  throw new ProjectInvalidError(text, "it is a URL; expected a path on this machine.");
}
