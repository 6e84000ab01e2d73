import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { InputUnreadableError } from "../terminal/commandErrors.ts";
import type { CommandIo } from "../terminal/commandIo.ts";

/** What partition text in a file or on standard input may have at most: what a request may have. */
const maxBytes = 65_536;

/**
 * Partition text as a flag gives it: itself, `-` for standard input, `@file` for a file. In the latter two each line
 * is a term or several; byte order mark, line ends of any kind, blank lines and commas at line ends do not matter.
 *
 * @throws InputUnreadableError
 */
export async function partitionsInput(
  text: string | undefined,
  io: CommandIo,
): Promise<string | undefined> {
  if (text === "-") {
    const input = await io.readStdin(maxBytes);
    return joinLines(input.tooLong ? tooLong("standard input") : input.text, "standard input");
  }
  if (text?.startsWith("@")) {
    const file = text.slice(1);
    return joinLines(await readText(resolve(io.cwd, file), file), file);
  }
  return text;
}

async function readText(path: string, shown: string): Promise<string> {
  try {
    const { size } = await stat(path);
    return size > maxBytes ? tooLong(shown) : await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof InputUnreadableError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new InputUnreadableError(shown, code === "ENOENT" ? "there is no such file" : code);
  }
}

function joinLines(text: string, source: string): string {
  if (text.includes("\0"))
    throw new InputUnreadableError(source, "it has NUL characters; expected text");
  const terms = text
    .replace(/^\ufeff/, "")
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim().replace(/,$/, "").trim())
    .filter((line) => line !== "");
  if (terms.length === 0) throw new InputUnreadableError(source, "it has no partitions");
  return terms.join(", ");
}

function tooLong(source: string): never {
  throw new InputUnreadableError(
    source,
    `it has more than ${maxBytes} bytes; write ranges, such as [2024-01-01...2024-12-31], instead of keys`,
  );
}
