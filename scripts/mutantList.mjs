import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * The faults of one source file, as test/mutants lists them.
 *
 * @typedef {object} FaultyFile
 * @property {string} file path in the checkout
 * @property {readonly string[]} tests paths of the test files that notice each fault
 * @property {boolean} [isQuick] whether these tests end within about three seconds
 * @property {readonly Fault[]} faults
 */

/**
 * One small fault.
 *
 * @typedef {object} Fault
 * @property {string} find text that occurs exactly once in the file; several lines where one is not enough
 * @property {string} replace what stands there instead
 * @property {readonly string[]} [tests] in place of the file's tests
 * @property {string} [survives] why no test notices it
 */

/**
 * A fault with the place where it belongs.
 *
 * @typedef {object} Mutant
 * @property {string} name file and line, such as "packages/state/lua/x.lua:12"
 * @property {string} file
 * @property {string} find
 * @property {string} replace
 * @property {readonly string[]} tests
 * @property {boolean} isQuick
 * @property {string | undefined} survives
 */

/**
 * All mutants of a checkout, in the order of the lists.
 *
 * @param {string} root of the checkout
 * @returns {Promise<Mutant[]>}
 */
export async function loadMutants(root) {
  const folder = join(root, "test", "mutants");
  const lists = readdirSync(folder).filter((name) => name.endsWith(".mjs"));
  /** @type {FaultyFile[]} */
  const files = [];
  for (const name of lists.toSorted())
    files.push(...(await import(pathToFileURL(join(folder, name)).href)).files);
  return files.flatMap(({ file, tests, isQuick = false, faults }) => {
    const text = existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : "";
    return faults.map((fault) => ({
      name: `${file}:${lineOf(text, fault.find)}`,
      file,
      find: fault.find,
      replace: fault.replace,
      tests: fault.tests ?? tests,
      isQuick: isQuick && fault.tests === undefined,
      survives: fault.survives,
    }));
  });
}

/**
 * The number of the line where a text begins, from 1; "?" where it does not occur.
 *
 * @param {string} text
 * @param {string} found
 */
function lineOf(text, found) {
  const at = text.indexOf(found);
  return at < 0 ? "?" : text.slice(0, at).split("\n").length;
}

/**
 * What is wrong with a list: sentences, none where all is right.
 *
 * @param {string} root of the checkout
 * @param {readonly Mutant[]} mutants
 */
export function mutantProblems(root, mutants) {
  /** @type {string[]} */
  const problems = [];
  /** @type {Set<string>} */
  const seen = new Set();
  for (const { name, file, find, replace, tests, survives } of mutants) {
    const text = existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : "";
    const times = text.split(find).length - 1;
    if (times !== 1) problems.push(`${name}: ${quoted(find)} occurs ${times} times, not once`);
    if (find === replace) problems.push(`${name}: ${quoted(find)} is replaced by itself`);
    if (tests.length === 0) problems.push(`${name}: names no test file`);
    for (const path of tests)
      if (!existsSync(join(root, path))) problems.push(`${name}: there is no test file ${path}`);
    if (survives !== undefined && survives.trim() === "")
      problems.push(`${name}: survives without a reason`);
    const same = `${file}\n${find}\n${replace}`;
    if (seen.has(same)) problems.push(`${name}: ${quoted(find)} is listed twice`);
    seen.add(same);
  }
  return problems;
}

/**
 * The text of a file with the fault in it. Text that looks like a pattern of `String.replace` is taken as it stands.
 *
 * @param {string} text
 * @param {Pick<Mutant, "find" | "replace">} mutant
 */
export function withFault(text, { find, replace }) {
  return text.replace(find, () => replace);
}

/**
 * The command line: `[--files SUBSTRING…] [--sample N | --quick N] [--list]`.
 *
 * @param {readonly string[]} argv
 * @returns {{ files: string[], sample: number | undefined, quick: number | undefined, isList: boolean } | string} the options, or what is wrong
 */
export function mutantArguments(argv) {
  /** @type {string[]} */
  const files = [];
  /** @type {number | undefined} */
  let sample;
  /** @type {number | undefined} */
  let quick;
  let isList = false;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word === "--list") isList = true;
    else if (word === "--files") {
      const before = files.length;
      while (at + 1 < argv.length && !argv[at + 1]?.startsWith("--")) files.push(argv[++at] ?? "");
      if (files.length === before) return "--files needs a part of a path.";
    } else if (word === "--sample" || word === "--quick") {
      const text = argv[++at] ?? "";
      if (!/^[1-9]\d{0,5}$/.test(text))
        return `${word} needs a whole number of at least 1, got ${quoted(text)}.`;
      if (word === "--sample") sample = Number(text);
      else quick = Number(text);
    } else
      return `There is no option ${quoted(word)}; there are --files, --sample, --quick and --list.`;
  }
  if (sample !== undefined && quick !== undefined)
    return "--sample and --quick exclude each other.";
  return { files, sample, quick, isList };
}

/**
 * A random choice, in the order of the list.
 *
 * @template T
 * @param {readonly T[]} all
 * @param {number} count
 */
export function sampleOf(all, count) {
  const order = all.map((item, index) => ({ item, index, key: Math.random() }));
  const chosen = order.toSorted((a, b) => a.key - b.key).slice(0, count);
  return chosen.toSorted((a, b) => a.index - b.index).map(({ item }) => item);
}

/**
 * Quick mutants that a test must notice, spread over the list: the same ones each time.
 *
 * @template {Pick<Mutant, "isQuick" | "survives">} T
 * @param {readonly T[]} all
 * @param {number} count
 */
export function quickOf(all, count) {
  const quick = all.filter(({ isQuick, survives }) => isQuick && survives === undefined);
  if (quick.length <= count) return quick;
  const step = quick.length / count;
  return quick.filter((_, at) => Math.floor((at + 1) / step) > Math.floor(at / step));
}

/** @param {string} text */
function quoted(text) {
  return JSON.stringify(text);
}
