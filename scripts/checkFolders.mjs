import { posix } from "node:path";
import { folders } from "./arrows.mjs";

/** @typedef {import("./checkArrows.mjs").Import} Import */

const testFile = /\.(test|testing|fixture)\.[cm]?[jt]sx?$|\/testing\//;

/**
 * Imports within one package that go from a folder to one that is not below it, and circles of files, types included.
 *
 * @param {string} directory of the package, such as `packages/state`
 * @param {ReadonlyMap<string, readonly Import[]>} importsByFile of all its files, by path from the root
 * @returns {string[]} one line each
 */
export function brokenFolders(directory, importsByFile) {
  const order = folders[directory];
  /** @param {string} file */
  const folderOf = (file) =>
    posix.relative(`${directory}/src`, file).split("/").slice(0, -1)[0] ?? "";
  /** @type {string[]} */
  const broken = [];
  /** @type {Map<string, string[]>} */
  const targets = new Map();
  for (const [file, imports] of importsByFile) {
    /** @type {string[]} */
    const own = [];
    targets.set(file, own);
    for (const { path, line } of imports) {
      if (!path.startsWith(".")) continue;
      const target = posix.join(posix.dirname(file), path);
      if (!importsByFile.has(target)) continue;
      own.push(target);
      const [from, to] = [folderOf(file), folderOf(target)];
      if (order === undefined || testFile.test(file) || from === "" || from === to) continue;
      if (from === ".." || to === "..") continue;
      const place = order.indexOf(to);
      if (place === -1 || place > order.indexOf(from)) {
        const name = to === "" ? "what stands in no folder" : `${to}/`;
        broken.push(
          `${file}:${line}: "${path}": ${from}/ is not above ${name} (scripts/arrows.mjs, folders)`,
        );
      }
    }
  }
  return [...broken, ...circlesOf(targets)];
}

/**
 * Circles of files that import each other, each told once.
 *
 * @param {ReadonlyMap<string, readonly string[]>} targets what each file imports
 */
function circlesOf(targets) {
  /** @type {string[]} */
  const circles = [];
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {string[]} */
  const path = [];
  /** @param {string} file */
  const visit = (file) => {
    const start = path.indexOf(file);
    if (start !== -1) {
      circles.push(`a circle of imports: ${[...path.slice(start), file].join(" > ")}`);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of targets.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of targets.keys()) visit(file);
  return circles;
}
