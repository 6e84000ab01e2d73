import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { isProject, type Project, within } from "@infill/core";
import { createJiti } from "jiti";
import { ProjectInvalidError } from "../terminal/commandErrors.ts";
import { digestsOf, filesOfProject } from "./projectFiles.ts";
import { projectLoadError, shownPath } from "./projectLoadError.ts";

/** A project with the file that defines it. */
export interface LoadedProject {
  readonly project: Project;
  /** Absolute. */
  readonly file: string;
  readonly directory: string;
  /** The files that it was loaded from, absolute, as far as they are known; its own first. */
  readonly files: readonly string[];
  /** What these held then, in their order. */
  readonly digests: readonly string[];
}

/** What loading a project needs to know. */
export interface LoadProjectOptions {
  /** What `import … from "infill"` gives: the running installation, whether or not the project has its own. */
  readonly infill: unknown;
  /** Messages name files as seen from here. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long the file and what it imports may take; 30,000 unless given. */
  readonly timeoutMs?: number;
}

const remedy = 'Expected `export default project({ assets: […] })`, with project from "infill".';

/**
 * Runs a project file, TypeScript or JavaScript, and gives the project that it exports by default.
 *
 * @param file absolute path of a regular file
 * @throws ProjectInvalidError that names the file, the line where that is known, and the remedy
 * @throws ProjectDefinitionError where a definition is refused
 */
export async function loadProject(
  file: string,
  options: LoadProjectOptions,
): Promise<LoadedProject> {
  const shownFile = shownPath(file, options.cwd);
  const jiti = createJiti(pathToFileURL(file).href, {
    virtualModules: { infill: options.infill },
    interopDefault: false,
    fsCache: cacheDirectory(options.env),
  });
  const timeoutMs = options.timeoutMs ?? 30_000;
  const others = new Set(Object.keys(jiti.cache));
  const loading = jiti.import(file);
  if (!(await within(timeoutMs, loading))) {
    throw new ProjectInvalidError(
      shownFile,
      `it did not finish loading within ${timeoutMs / 1_000} s. Look for slow code at its top level.`,
    );
  }
  let module: unknown;
  try {
    module = await loading;
  } catch (error) {
    throw projectLoadError(error, file, options.cwd);
  }
  const project = exportedProject(module, shownFile);
  const files = filesOfProject(
    file,
    Object.keys(jiti.cache).filter((name) => !others.has(name)),
  );
  return { project, file, directory: dirname(file), files, digests: digestsOf(files) };
}

function exportedProject(module: unknown, shownFile: string): Project {
  // What `module.exports = project(…)` of a CommonJS file gives.
  if (isProject(module)) return module;
  const exported =
    typeof module === "object" && module !== null && "default" in module
      ? module.default
      : undefined;
  if (isProject(exported)) return exported;
  if (exported === undefined) {
    throw new ProjectInvalidError(shownFile, `it has no default export. ${remedy}`);
  }
  if (exported instanceof Promise) {
    exported.catch(() => {});
    throw new ProjectInvalidError(
      shownFile,
      "its default export is a promise; write `export default await …`.",
    );
  }
  throw new ProjectInvalidError(
    shownFile,
    `its default export is ${kindOf(exported)}, not a project. ${remedy}`,
  );
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return "a function";
  if (typeof value !== "object") return `a ${typeof value}`;
  return "materialize" in value ? "an asset" : "an object";
}

/**
 * Where compiled project files are kept: in the user's own cache, since nobody else may write what the command
 * runs. False, for nowhere, where that cannot be written.
 */
function cacheDirectory(env: Readonly<Record<string, string | undefined>>): string | false {
  const base = env["XDG_CACHE_HOME"];
  const directory = join(
    base !== undefined && base !== "" ? base : join(homedir(), ".cache"),
    "infill",
    "jiti",
  );
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return directory;
  } catch {
    return false;
  }
}
