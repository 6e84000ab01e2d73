import { readFileSync } from "node:fs";

/** A command that a page shows, and the lines that it prints there. */
export interface QuotedCommand {
  /** The words after `infill`. */
  readonly args: readonly string[];
  readonly lines: readonly string[];
  /** What `echo $?` after it answers; absent where the page does not ask. */
  readonly exitCode?: number;
}

/** One quoted screen: commands with what they print, and lines of a log that no command stands before. */
export interface QuotedScreen {
  readonly commands: readonly QuotedCommand[];
  readonly log: readonly string[];
}

const screenPattern = /<!-- screen ([\w-]+) -->\n```\w*\n([\s\S]*?)```/g;

/**
 * The screens of a page by name. A screen is a code block below a comment `<!-- screen name -->`. Lines after `$ infill …`
 * are what the command prints.
 *
 * @throws an Error where two screens have one name, or a command is not of infill
 */
export function quotedScreens(file: URL): ReadonlyMap<string, QuotedScreen> {
  const screens = new Map<string, QuotedScreen>();
  for (const [, name = "", text = ""] of readFileSync(file, "utf8").matchAll(screenPattern)) {
    if (screens.has(name)) throw new Error(`Two screens are named ${name}`);
    screens.set(name, screenOf(text.trimEnd().split("\n")));
  }
  return screens;
}

function screenOf(lines: readonly string[]): QuotedScreen {
  const log: string[] = [];
  const commands: { args: string[]; lines: string[]; exitCode?: number }[] = [];
  let isExitCode = false;
  for (const line of lines) {
    const last = commands.at(-1);
    if (line === "$ echo $?") isExitCode = true;
    else if (line.startsWith("$ ")) commands.push({ args: wordsOf(line.slice(2)), lines: [] });
    else if (last === undefined) log.push(line);
    else if (isExitCode) {
      last.exitCode = Number(line);
      isExitCode = false;
    } else last.lines.push(line);
  }
  return { commands, log };
}

function wordsOf(line: string): string[] {
  const [program, ...args] = Array.from(line.matchAll(/'([^']*)'|\S+/g), ([word, quoted]) =>
    quoted === undefined ? word : quoted,
  );
  if (program !== "infill") throw new Error(`Not a command of infill: ${line}`);
  return args;
}

/** A pattern for a whole quoted line: `…` stands for any text, and the number of spaces does not matter. */
export function linePattern(quoted: string): RegExp {
  const parts = squeeze(quoted)
    .split("…")
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}

/** The quoted lines that an output does not have. Lines without a word are passed over. */
export function missingLines(quoted: readonly string[], output: string): string[] {
  const lines = output.split("\n").map(squeeze);
  return quoted.filter((line) => {
    if (!/\w/.test(line)) return false;
    const pattern = linePattern(line);
    return !lines.some((each) => pattern.test(each));
  });
}

function squeeze(line: string): string {
  return line.trim().replaceAll(/\s+/g, " ");
}
