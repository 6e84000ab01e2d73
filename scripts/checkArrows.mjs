import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "rolldown/parseAst";
import { brokenFolders } from "./checkFolders.mjs";
import { harmlessNodeModules, layers, redisClients, testSupport } from "./arrows.mjs";

/** @typedef {import("./arrows.mjs").Layer} Layer */
/** @typedef {{ path: string, isType: boolean, line: number }} Import */

const sourceFile = /\.[cm]?[jt]sx?$/;
/** Files that tests are made of: they may use the test support, and do I/O in a pure package. */
const testFile = /\.(test|testing|fixture)\.[cm]?[jt]sx?$/;

/**
 * Everything that a source file imports by a path in its text: imports, re-exports, `import()`, `require`, types by
 * `import("…")`, mocks, and files named with `new URL("…", import.meta.url)`.
 *
 * @param {string} text
 * @param {string} path tells the language
 * @returns {Import[]}
 */
export function importsOf(text, path) {
  const lang = path.endsWith("x") ? "tsx" : "ts";
  /** @type {Import[]} */
  const imports = [];
  /** @param {any} node */
  const visit = (node) => {
    if (node === null || typeof node !== "object") return;
    if (Array.isArray(node)) {
      for (const child of node) visit(child);
      return;
    }
    const target = importTarget(node);
    if (typeof target?.value === "string") {
      const isType =
        node.importKind === "type" || node.exportKind === "type" || node.type === "TSImportType";
      imports.push({
        path: target.value,
        isType,
        line: text.slice(0, node.start).split("\n").length,
      });
    }
    for (const [key, child] of Object.entries(node)) {
      if (key !== "parent") visit(child);
    }
  };
  visit(parseAst(text, { lang }));
  return imports;
}

/**
 * The node that holds the path, if a node of the syntax tree imports something.
 *
 * @param {any} node
 */
function importTarget(node) {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
    case "ImportExpression":
      return node.source;
    case "TSImportType":
      return node.source ?? node.argument?.literal;
    case "TSExternalModuleReference":
      return node.expression;
    case "NewExpression":
      return node.callee.name === "URL" &&
        node.arguments.length === 2 &&
        /^\.\.?\//.test(node.arguments[0].value)
        ? node.arguments[0]
        : undefined;
    case "CallExpression": {
      const { callee } = node;
      const name = callee.name ?? callee.property?.name;
      return ["require", "resolve", "mock", "doMock", "importActual"].includes(name) &&
        (callee.name === "require" ||
          ["MetaProperty", "Identifier"].includes(callee.object?.type)) &&
        (name !== "resolve" || callee.object?.type === "MetaProperty")
        ? node.arguments[0]
        : undefined;
    }
    default:
      return undefined;
  }
}

/**
 * All source files below a directory, without what is installed or built.
 *
 * @param {string} directory
 * @returns {string[]}
 */
function sourceFiles(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      return ["node_modules", "dist", ".turbo", ".infill"].includes(entry.name)
        ? []
        : sourceFiles(path);
    }
    return sourceFile.test(entry.name) ? [path] : [];
  });
}

/**
 * The layer that a file belongs to: the innermost directory of the table that it is in.
 *
 * @param {string} file relative to the root, with forward slashes
 */
function layerOf(file) {
  return Object.keys(layers)
    .filter((directory) => file.startsWith(`${directory}/`))
    .toSorted((a, b) => b.length - a.length)[0];
}

/**
 * Why one import is not allowed, or undefined if it is.
 *
 * @param {string} root
 * @param {string} file
 * @param {Import} found
 * @param {{ directory: string, layer: Layer, dependencies: ReadonlySet<string>, ownName: string }} context
 */
function refusal(root, file, found, { directory, layer, dependencies, ownName }) {
  const { path } = found;
  const isTest = testFile.test(file) || directory === "test" || directory === "test/support";
  if (path.startsWith(".")) {
    const target = relative(root, resolve(root, dirname(file), path))
      .split(sep)
      .join("/");
    const targetLayer = layerOf(`${target}/`);
    // A test may read what belongs to no package, such as a page of docs.
    const isWithin = targetLayer === directory || (targetLayer === undefined && isTest);
    return isWithin
      ? undefined
      : `leaves ${directory} by a relative path: enter another package through its name`;
  }
  if (path.startsWith("node:")) {
    const isHarmless = layer.isPure !== true || isTest || harmlessNodeModules.includes(path);
    return isHarmless ? undefined : `${directory} is pure and does no I/O`;
  }
  const name = path
    .split("/")
    .slice(0, path.startsWith("@") ? 2 : 1)
    .join("/");
  const isOurs = name === "infill" || name.startsWith("@infill/");
  if (!isOurs) {
    const isClient = layer.isPure === true && redisClients.includes(name);
    return isClient ? `${directory} is pure and does no I/O` : undefined;
  }
  const entry = path.slice(name.length);
  if (name === ownName) return "a package imports its own files by their relative paths";
  if (!["", "/inputs", "/testing"].includes(entry))
    return `enter ${name} through its index, not a path within it`;
  if (entry === "/testing" && !isTest && !file.endsWith("/testing.ts")) {
    return `${path} is for tests and for other packages' testing.ts`;
  }
  if (name === testSupport) {
    if (!isTest || directory === "test/support") return `${testSupport} is for tests`;
  } else if (!layer.mayImport.includes(name)) {
    const isTypeOnly = found.isType && layer.mayImportTypes?.includes(name);
    const isOfTest = isTest && layer.testsMayImport?.includes(name);
    if (!isTypeOnly && !isOfTest) return `there is no arrow from ${directory} to ${name}`;
  }
  return dependencies.has(name)
    ? undefined
    : `${name} is not a dependency in ${directory}/package.json`;
}

/**
 * Every import, and every dependency of a package.json, that breaks the table in arrows.mjs.
 *
 * @param {string} root of a checkout
 * @returns {string[]} one line each, with file, line and reason; empty if all is well
 */
export function brokenArrows(root) {
  /** @type {string[]} */
  const broken = [];
  for (const group of ["packages", "examples"]) {
    if (!existsSync(join(root, group))) continue;
    for (const name of readdirSync(join(root, group))) {
      const hasPackage = existsSync(join(root, group, name, "package.json"));
      if (hasPackage && layers[`${group}/${name}`] === undefined) {
        broken.push(`${group}/${name}: has no layer; give it one in scripts/arrows.mjs`);
      }
    }
  }
  for (const [directory, layer] of Object.entries(layers)) {
    if (!existsSync(join(root, directory, "package.json"))) continue;
    const manifest = JSON.parse(readFileSync(join(root, directory, "package.json"), "utf8"));
    const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = manifest;
    const published = Object.keys({ ...dependencies, ...peerDependencies });
    const declared = new Set([...published, ...Object.keys(devDependencies)]);
    for (const name of declared) {
      const isOurs = name === "infill" || name.startsWith("@infill/");
      const isAllowed =
        name === testSupport
          ? directory === "test" || !published.includes(name)
          : layer.mayImport.includes(name) ||
            layer.mayImportTypes?.includes(name) ||
            (layer.testsMayImport?.includes(name) && !published.includes(name));
      if (isOurs && !isAllowed) {
        broken.push(`${directory}/package.json: there is no arrow from ${directory} to ${name}`);
      }
    }
    /** @type {Map<string, readonly Import[]>} */
    const importsByFile = new Map();
    for (const path of sourceFiles(join(root, directory))) {
      const file = relative(root, path).split(sep).join("/");
      if (layerOf(file) !== directory) continue;
      const context = { directory, layer, dependencies: declared, ownName: manifest.name };
      const imports = importsOf(readFileSync(path, "utf8"), path);
      importsByFile.set(file, imports);
      for (const found of imports) {
        const reason = refusal(root, file, found, context);
        if (reason !== undefined) broken.push(`${file}:${found.line}: "${found.path}": ${reason}`);
      }
    }
    broken.push(...brokenFolders(directory, importsByFile));
  }
  return broken;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const broken = brokenArrows(fileURLToPath(new URL("..", import.meta.url)));
  for (const line of broken) console.error(line);
  if (broken.length === 0) console.log("Every import follows an arrow.");
  process.exitCode = broken.length === 0 ? 0 : 1;
}
