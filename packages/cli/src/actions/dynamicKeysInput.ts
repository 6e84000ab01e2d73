import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CommandUsageError, InputUnreadableError } from "../terminal/commandErrors.ts";
import type { CommandIo } from "../terminal/commandIo.ts";

/** Bytes of keys that one command takes: a million long ones. */
const maxBytes = 67_108_864;

/**
 * Keys as arguments and a flag give them: the arguments themselves, and each line of a file, or of standard input for
 * `-`. Byte order mark, line ends of any kind and blank lines do not matter; white space around a key does, and is refused
 * with the key.
 *
 * @throws CommandUsageError where neither gives any, InputUnreadableError
 */
export async function dynamicKeysInput(
  keys: readonly string[],
  from: string | undefined,
  io: CommandIo,
): Promise<readonly string[]> {
  const all = from === undefined ? keys : [...keys, ...linesOf(await readText(from, io), from)];
  if (all.length > 0) return all;
  throw new CommandUsageError(
    from === undefined
      ? "No keys. Give them as arguments, or in a file with --from keys.txt (- reads standard input)."
      : `No keys: ${from === "-" ? "standard input" : from} is empty.`,
  );
}

async function readText(from: string, io: CommandIo): Promise<string> {
  if (from === "-") {
    const input = await io.readStdin(maxBytes);
    return input.tooLong ? tooLong("standard input") : input.text;
  }
  const path = resolve(io.cwd, from);
  try {
    const { size } = await stat(path);
    return size > maxBytes ? tooLong(from) : await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof InputUnreadableError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new InputUnreadableError(from, code === "ENOENT" ? "there is no such file" : code);
  }
}

function linesOf(text: string, source: string): string[] {
  if (text.includes("\0"))
    throw new InputUnreadableError(
      source,
      "it has NUL characters; expected text with one key a line",
    );
  return text
    .replace(/^\ufeff/, "")
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== "");
}

function tooLong(source: string): never {
  throw new InputUnreadableError(
    source,
    `it has more than ${maxBytes} bytes; give the keys in several files`,
  );
}
