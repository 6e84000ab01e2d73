import { dirname, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ProjectDefinitionError, ProjectInvalidError } from "../terminal/commandErrors.ts";

/** A path as people in the current directory write it; absolute where it lies outside. */
export function shownPath(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path === "" || path.startsWith("..") ? file : path;
}

/**
 * The error that tells why a project file could not be loaded, with file and line of the user's own code where
 * the failure says them.
 *
 * @param error whatever the file, one that it imports, or the compiler threw
 */
export function projectLoadError(error: unknown, file: string, cwd: string): Error {
  const shownFile = shownPath(file, cwd);
  if (!(error instanceof Error)) {
    return new ProjectInvalidError(shownFile, `it threw ${String(error).slice(0, 200)}.`, {
      cause: error,
    });
  }
  const place = placeOf(error, file, cwd);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code.startsWith("INFILL_")) {
    return new ProjectDefinitionError(place ?? shownFile, Object.assign(error, { code }));
  }
  const problem = sentenceOf(error);
  const where = place === undefined ? "" : ` (${place})`;
  return new ProjectInvalidError(shownFile, `${problem}${where}.`, { cause: error });
}

/** The first line of the message with the error's name, without the marks that compiling leaves, and no period. */
function sentenceOf(error: Error): string {
  const line = error.message.split("\n")[0]?.trim() ?? "";
  const plain = line.replaceAll(/\(0 , \w+\.(\w+)\)/g, "$1").replace(/\.$/, "");
  if (plain === "") return error.name;
  return plain.startsWith("ParseError") || error.name === "Error"
    ? plain
    : `${error.name}: ${plain}`;
}

/** `file:line` in the project's directory, from where the compiler stopped or the topmost frame of the stack. */
function placeOf(error: Error, file: string, cwd: string): string | undefined {
  const directory = `${dirname(file)}${sep}`;
  for (const line of (error.stack ?? error.message).split("\n")) {
    const found = /(?:^|\(|\s)((?:file:\/\/)?\/[^()]*?):(\d+):\d+\)?\s*$/.exec(line);
    if (found?.[1] === undefined) continue;
    const path = found[1].startsWith("file:") ? fileURLToPath(found[1]) : found[1];
    if (!path.startsWith(directory) || path.includes(`${sep}node_modules${sep}`)) continue;
    return `${shownPath(path, cwd)}:${found[2]}`;
  }
  return undefined;
}
