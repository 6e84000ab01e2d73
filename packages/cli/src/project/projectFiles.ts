import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, resolve, sep } from "node:path";

/** Files that are followed at the most. */
const mostFiles = 500;
const extensions = [
  "",
  ".ts",
  ".js",
  ".mts",
  ".mjs",
  ".cts",
  ".cjs",
  ".json",
  "/index.ts",
  "/index.js",
];
/** `from "./a"`, `import "./a"`, `import("../a")`, `require("./a")`: what a file says of its own neighbors. */
const relativeImport = /\b(?:from|import|require)\s*\(?\s*["'](\.{1,2}\/[^"'\n]+)["']/g;

/**
 * The files that a project consists of: its own, those that the loader has loaded for it, and what these name by a relative
 * path. What is installed (`node_modules`) is left out.
 *
 * @param file absolute path of the project file
 * @param loaded names under which the loader keeps modules, of any form
 * @returns absolute paths, the project file first; at most 500
 */
export function filesOfProject(file: string, loaded: readonly string[]): readonly string[] {
  const found = new Set([file]);
  for (const name of loaded) if (isLocalFile(name)) found.add(name);
  // Grows while it is gone through.
  for (const each of found) {
    if (found.size >= mostFiles) break;
    for (const [, specifier = ""] of textOf(each).matchAll(relativeImport)) {
      const imported = fileOf(resolve(dirname(each), specifier));
      if (imported !== undefined && isLocalFile(imported)) found.add(imported);
    }
  }
  return [...found].slice(0, mostFiles);
}

/** What the files hold, as short texts in their order; that of a file which cannot be read is empty. */
export function digestsOf(files: readonly string[]): readonly string[] {
  return files.map((file) => {
    try {
      return createHash("sha256").update(readFileSync(file)).digest("base64");
    } catch {
      // An editor may be about to write it anew. If it stays away, that is a change.
      return "";
    }
  });
}

function isLocalFile(name: string): boolean {
  return isAbsolute(name) && !name.split(sep).includes("node_modules");
}

function fileOf(path: string): string | undefined {
  // TypeScript lets `./a.js` name `./a.ts`.
  const written = path.replace(/\.([cm]?)js$/, ".$1ts");
  return [...extensions.map((extension) => `${path}${extension}`), written].find(
    (candidate) => existsSync(candidate) && statSync(candidate).isFile(),
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Gone since it was loaded: it imports nothing any more.
    return "";
  }
}
