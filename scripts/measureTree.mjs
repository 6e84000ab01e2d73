// Prints the figures of docs/design/measures.md for a checkout: `node scripts/measureTree.mjs [folder]`, this one by default.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, posix, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "rolldown/utils";
import { importsOf } from "./checkArrows.mjs";

const root = resolve(process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url)));
const testFile = /\.(test|testing|fixture)\.ts$|\/testing\/|\/testing\.ts$/;

/** @typedef {{ path: string, text: string, lines: number, isTest: boolean }} SourceFile */

/**
 * All files below a folder with this ending, by path from the root.
 *
 * @param {string} folder
 * @param {string} ending
 * @returns {SourceFile[]}
 */
function filesBelow(folder, ending) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => {
      const path = relative(root, join(folder, name)).split(sep).join("/");
      const text = readFileSync(join(root, path), "utf8");
      return { path, text, lines: text.trimEnd().split("\n").length, isTest: testFile.test(path) };
    });
}

/** @param {readonly SourceFile[]} files */
function sizes(files) {
  const sorted = files.toSorted((a, b) => a.lines - b.lines);
  /** @param {number} share */
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const last = sorted.at(-1);
  return {
    files: sorted.length,
    lines: sorted.reduce((sum, { lines }) => sum + lines, 0),
    medianLines: at(0.5)?.lines,
    p90Lines: at(0.9)?.lines,
    largest: last && `${last.path} ${last.lines}`,
    over350: sorted
      .filter(({ lines }) => lines > 350)
      .map(({ path, lines }) => `${path} ${lines}`)
      .reverse(),
  };
}

/**
 * The folders with the most files directly in them.
 *
 * @param {readonly SourceFile[]} files
 */
function largestFolders(files) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { path } of files) {
    const folder = posix.dirname(path);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted((a, b) => b[1] - a[1]);
  return {
    largest: sorted.slice(0, 3).map(([folder, count]) => `${folder} ${count}`),
    over25: sorted.filter(([, count]) => count > 25).map(([folder, count]) => `${folder} ${count}`),
  };
}

/** @param {string} text */
const dense = (text) => text.replaceAll(/\s/g, "").length;

/**
 * Exported declarations and those of them that a doc comment stands before; characters in comments and in all.
 *
 * @param {readonly SourceFile[]} files
 */
function comments(files) {
  let [exported, documented, commented, all] = [0, 0, 0, 0];
  for (const { path, text } of files) {
    const parsed = parseSync(path, text);
    // A block's value begins with the second star of a doc comment.
    const docs = parsed.comments.filter(({ type, value }) => type === "Block" && value[0] === "*");
    for (const { start, end } of parsed.comments) commented += dense(text.slice(start, end));
    all += dense(text);
    for (const node of parsed.program.body) {
      if (node.type !== "ExportNamedDeclaration" || node.declaration === null) continue;
      exported++;
      if (docs.some(({ end }) => text.slice(end, node.start).trim() === "" && end <= node.start))
        documented++;
    }
  }
  return {
    exported,
    documentedPercent: percent(documented, exported),
    commentPercent: percent(commented, all),
  };
}

/**
 * @param {number} part
 * @param {number} whole
 */
function percent(part, whole) {
  return Math.round((1000 * part) / whole) / 10;
}

/**
 * The groups of nodes that reach each other, each with more than one node.
 *
 * @param {ReadonlyMap<string, ReadonlySet<string>>} graph
 */
function circles(graph) {
  /** @type {Map<string, Set<string>>} */
  const reached = new Map();
  for (const start of graph.keys()) {
    /** @type {Set<string>} */
    const seen = new Set();
    const open = [...(graph.get(start) ?? [])];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      open.push(...(graph.get(node) ?? []));
    }
    reached.set(start, seen);
  }
  const groups = [...graph.keys()]
    .filter((node) => reached.get(node)?.has(node))
    .map((node) =>
      [...(reached.get(node) ?? [])].filter((other) => reached.get(other)?.has(node)).toSorted(),
    );
  return [...new Set(groups.map((group) => group.join(" ")))].map((text) => text.split(" "));
}

/**
 * The imports between files, folders and packages; types count.
 *
 * @param {readonly SourceFile[]} files
 */
function arrows(files) {
  const known = new Set(files.map(({ path }) => path));
  /** @type {Map<string, Set<string>>} */
  const byFile = new Map(files.map(({ path }) => [path, new Set()]));
  /** @type {Map<string, Set<string>>} */
  const byFolder = new Map();
  /** @type {Set<string>} */
  const byPackage = new Set();
  for (const { path, text } of files) {
    const [, name = ""] = path.split("/");
    for (const { path: target } of importsOf(text, path)) {
      const other = /^@infill\/([\w-]+)/.exec(target)?.[1];
      if (other !== undefined && other !== name) byPackage.add(`${name} ${other}`);
      const file = posix.join(posix.dirname(path), target);
      if (!target.startsWith(".") || !known.has(file)) continue;
      byFile.get(path)?.add(file);
      const [from, to] = [posix.dirname(path), posix.dirname(file)];
      // A package's `index.ts` imports from everywhere.
      if (from === to || /^packages\/[^/]+\/src\/index\.ts$/.test(path)) continue;
      byFolder.set(from, (byFolder.get(from) ?? new Set()).add(to));
    }
  }
  const folderCircles = circles(byFolder);
  return {
    importsInsidePackages: [...byFile.values()].reduce((sum, { size }) => sum + size, 0),
    folderArrows: [...byFolder.values()].reduce((sum, { size }) => sum + size, 0),
    packageArrows: byPackage.size,
    filesInCircles: circles(byFile).flat().length,
    foldersInCircles: folderCircles.flat(),
  };
}

const packages = readdirSync(join(root, "packages"));
const typescript = packages.flatMap((name) =>
  filesBelow(join(root, "packages", name, "src"), ".ts"),
);
const sources = typescript.filter(({ isTest }) => !isTest);
const lua = filesBelow(join(root, "packages/state/lua"), ".lua");
const figures = {
  sources: sizes(sources),
  tests: { files: typescript.length - sources.length },
  lua: sizes(lua),
  folders: largestFolders(sources),
  foldersWithTests: largestFolders(typescript),
  comments: comments(sources),
  arrows: arrows(sources),
  byPackage: packages.map((name) => {
    const own = sources.filter(({ path }) => path.startsWith(`packages/${name}/`));
    return `${name} ${own.length} files, ${own.reduce((sum, { lines }) => sum + lines, 0)} lines`;
  }),
};
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
