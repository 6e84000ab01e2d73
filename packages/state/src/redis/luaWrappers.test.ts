import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { stateKeys } from "../keys/keys.ts";

const sources = new URL("../", import.meta.url);
const lua = new URL("../../lua/", import.meta.url);

interface Call {
  readonly script: string;
  readonly file: string;
  /** The texts of KEYS and ARGV as the wrapper lists them; undefined where it works a list out. */
  readonly lists: readonly [readonly string[] | undefined, readonly string[] | undefined];
}

/** Elements of the list that opens at `at`, split at commas outside of brackets and strings. */
function elementsAt(
  text: string,
  at: number,
): { readonly elements: string[]; readonly end: number } {
  const elements: string[] = [];
  let [depth, from, quote] = [0, at + 1, ""];
  for (let index = at; index < text.length; index++) {
    const letter = text.charAt(index);
    if (quote !== "") {
      if (letter === quote) quote = "";
    } else if (letter === '"' || letter === "`") quote = letter;
    else if ("([{".includes(letter)) depth++;
    else if (")]}".includes(letter) || (letter === "," && depth === 1)) {
      if (letter !== ",") depth--;
      if (depth > 0 && letter !== ",") continue;
      const element = text.slice(from, index).trim();
      if (element !== "") elements.push(element);
      from = index + 1;
      if (depth === 0) return { elements, end: index };
    }
  }
  throw new Error("a bracket is not closed");
}

/** The list that an argument says, or that the nearest constant of its name holds. */
function listOf(argument: string | undefined, before: string): readonly string[] | undefined {
  if (argument?.startsWith("[")) return elementsAt(argument, 0).elements;
  if (argument === undefined || !/^\w+$/.test(argument)) return undefined;
  const found = [...before.matchAll(new RegExp(`const ${argument}\\b[^=\\n]*= \\[`, "g"))].at(-1);
  if (found === undefined) return undefined;
  const { elements, end } = elementsAt(before, found.index + found[0].length - 1);
  return before.slice(end).includes(`${argument}.push(`) ? [...elements, "...more"] : elements;
}

/** Where a constant is called, or, if it is handed on as `script`, where that is. */
function callsOf(text: string, name: string): RegExpExecArray[] {
  const direct = [...text.matchAll(new RegExp(`\\b${name}(\\.inOrder)?\\(`, "g"))];
  return direct.length > 0 ? direct : [...text.matchAll(/\w\.script\(/g)];
}

/** Calls of scripts by the constants that hold them, without the comments in between. */
function callsIn(file: string): Call[] {
  const text = readFileSync(new URL(file, sources), "utf8").replaceAll(/^\s*\/\/.*$/gm, "");
  return [...text.matchAll(/const (\w+) = defineScript\(\s*"(\w+)"/g)].flatMap(([, name, script]) =>
    callsOf(text, name ?? "").map((call) => {
      const { elements } = elementsAt(text, call.index + call[0].length - 1);
      const before = text.slice(0, call.index);
      const lists = [listOf(elements[1], before), listOf(elements[2], before)] as const;
      return { script: script ?? "", file, lists };
    }),
  );
}

const calls = readdirSync(sources, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !/\.(test|testing)\.ts$/.test(file))
  .flatMap(callsIn);

/** What a header says of KEYS or ARGV: a text for each line, and whether the last one stands for more. */
function documented(script: string, list: "KEYS" | "ARGV") {
  const text = readFileSync(new URL(`${script}.lua`, lua), "utf8");
  const header = text.slice(0, text.indexOf("\n]]\n"));
  const lines = [...header.matchAll(new RegExp(`^${list}(?:\\[\\d+(…?)\\])? +(.*)`, "gm"))];
  const isOpen = lines.some(([line, dots]) => dots === "…" || !/^\w+\[/.test(line));
  return { lines: lines.map(([, , rest]) => rest ?? ""), isOpen };
}

/** The pattern of a key that a wrapper names by a function of `keys`; undefined where it names it otherwise. */
function patternOf(element: string): string | undefined {
  const [, name = "", rest = ""] = /^(?:store\.)?keys\.(\w+)(.*)$/s.exec(element) ?? [];
  const key: unknown = Reflect.get(stateKeys("infill"), name);
  if (typeof key === "string") return key;
  if (typeof key !== "function" || !rest.startsWith("(")) return undefined;
  const given = elementsAt(rest, 0).elements;
  const args = given.map((text) => (/^"\w*"$/.test(text) ? text.slice(1, -1) : "*"));
  return String(Reflect.apply(key, undefined, args)).replaceAll("%2A", "*");
}

test("each script has a wrapper, and most wrappers list their keys and arguments", () => {
  const scripts = readdirSync(lua).filter((file) => file.endsWith(".lua"));
  expect(new Set(calls.map(({ script }) => `${script}.lua`))).toEqual(
    // The worker's thread for locks sends this one by its text.
    new Set(scripts.filter((file) => file !== "extend_job.lua")),
  );
  const known = calls.filter(({ lists }) => lists[0] !== undefined);
  expect(known.length / calls.length).toBeGreaterThan(0.8);
});

/** What their wrappers spread stands for several lines of the header. */
const spreadsSeveralLines = new Set(["carry_partitions"]);

test.each(calls)(
  "$file gives $script the keys and arguments of its header",
  ({ script, lists }) => {
    for (const [at, list] of (["KEYS", "ARGV"] as const).entries()) {
      const given = lists[at];
      if (given === undefined) continue;
      const { lines, isOpen } = documented(script, list);
      const spread = given.findIndex((element) => element.startsWith("..."));
      const fixed = spread < 0 ? given.length : spread;
      const isLast = spread >= 0 && spread === given.length - 1;
      if (spread < 0 && !isOpen) expect(fixed, list).toBe(lines.length);
      else if (spread < 0) expect(fixed, list).toBeGreaterThanOrEqual(lines.length - 1);
      else expect(fixed, list).toBeLessThanOrEqual(lines.length);
      // The first of several may be named apart from the others, on the line that stands for all.
      if (isLast && isOpen && !spreadsSeveralLines.has(script))
        expect(fixed, list).toBeGreaterThanOrEqual(lines.length - 1);
      if (list === "ARGV") continue;
      for (const [index, element] of given.slice(0, fixed).entries()) {
        const pattern = patternOf(element);
        const line = (lines[index] ?? "")
          .replaceAll(/<[^>]*>/g, "*")
          .replaceAll(/[\w…]+(\|[\w…]+)+/g, "*");
        if (pattern === undefined || !line.includes("infill:")) continue;
        expect(line.split(/\s+/), `KEYS[${index + 1}]`).toContain(pattern);
      }
    }
  },
);

/** Words of wrappers that say the same as a word of headers. */
const synonyms: Readonly<Record<string, string>> = {
  ...{ id: "backfill", note: "entry", bitmap: "mask", permits: "root", outcome: "word" },
};

/** The words of names: "outcome.delayMs ?? 0" says delay and ms. Of a dotted name only the last part counts. */
function wordsIn(text: string): Set<string> {
  const names = text
    .replaceAll(/\.(slice|length|map|flat)\b/g, " ")
    .replaceAll(/(\w+\??\.)+(?=\w)/g, " ")
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2");
  const words = [...names.matchAll(/[A-Za-z]+/g)].map(([word]) => word.toLowerCase());
  return new Set(words.flatMap((word) => [word, synonyms[word] ?? word]));
}

/** Whether a wrapper's argument says the name of a header's line. */
function says(argument: string, name: string): boolean {
  const words = wordsIn(argument);
  return name
    .toLowerCase()
    .split(/[ _]/)
    .every((word) => words.has(word));
}

/** A number or a text, which says nothing. */
const literal = /^(\d+|"[^"]*")$/;
/** A name alone, or with what stands for undefined. */
const plain = /^[\w.?]+( \?\? [\w."]+)?$/;

/**
 * The lines whose arguments say another word, such as `seen.length` or a call: nobody notices if two of one script change
 * places. Of `register_keys`, `mend_counters`, `mend_waiters`, `prefer_versions` and `write_worker` the wrappers work the
 * whole list out.
 */
const untold: Readonly<Record<string, readonly string[]>> = {
  register_asset: ["fingerprint"],
  change_backfill: ["known"],
  set_backfill_status: ["known"],
  pack_backfill: ["known", "logged"],
  rename_in_backfill: ["before"],
  set_aside_backfill: ["note"],
  reserve_submission: ["keep"],
  end_asset_change: ["entry", "name"],
  extend_ledger: ["added"],
  restore_asset_keys: ["operation"],
  copy_asset_fields: ["operation"],
  start_suspect: ["field"],
  judge_lapse: ["field"],
  mend_ledger: ["selected", "rows"],
  open_ledger: ["rows"],
  settle_unstarted: ["culprit", "unqueue"],
  seal_ledger: ["rows"],
  take_permits: ["scopes"],
  review_permits: ["review"],
};

/** Compares arguments with the names of the header's lines. `silent` are the lines whose arguments say nothing. */
function comparedWith(names: readonly string[], given: readonly string[]) {
  const spread = given.findIndex((argument) => argument.startsWith("..."));
  const [misplaced, silent]: [string[], string[]] = [[], []];
  for (const [index, argument] of given.entries()) {
    // What follows a list in the middle is counted from the end.
    const name = names[spread < 0 || index < spread ? index : index - given.length + names.length];
    if (argument.startsWith("...") || name === undefined || name.startsWith("for each")) continue;
    if (literal.test(argument) || says(argument, name)) continue;
    const isOther = plain.test(argument) && names.some((other) => says(argument, other));
    if (isOther) misplaced.push(`${name}: ${argument}`);
    else silent.push(name);
  }
  return { misplaced, silent };
}

function comparedArguments({ script, lists: [, given = []] }: Call) {
  const { lines } = documented(script, "ARGV");
  return comparedWith(
    lines.map((line) => line.split(/ {2,}/)[0] ?? ""),
    given,
  );
}

test("an argument in the place of another one is found", () => {
  const names = ["root", "delivery", "taker", "delay", "for each target: its name"];
  const given = ["keys.backfillRoot", "memberOf(it)", "delivery.taker", "times.delayMs ?? 0"];
  expect(comparedWith(names, [...given, "...targets"])).toEqual({
    misplaced: [],
    silent: ["delivery"],
  });
  const [root = "", delivery = "", taker = "", delay = ""] = given;
  expect(comparedWith(names, [root, taker, delivery, delay])).toEqual({
    misplaced: ["delivery: delivery.taker"],
    silent: ["taker"],
  });
  expect(comparedWith(names, ["...roots", delay, taker, "...targets"]).misplaced).toEqual([
    "taker: times.delayMs ?? 0",
    "delay: delivery.taker",
  ]);
});

test.each(calls)("$file gives $script its arguments in the order of its header", (call) => {
  expect(comparedArguments(call).misplaced).toEqual([]);
});

test("only the listed arguments say another word than their lines", () => {
  const silent: Record<string, Set<string>> = {};
  for (const call of calls)
    for (const name of comparedArguments(call).silent)
      (silent[call.script] ??= new Set()).add(name);
  expect(
    Object.fromEntries(Object.entries(silent).map(([script, names]) => [script, [...names]])),
  ).toEqual(untold);
});
