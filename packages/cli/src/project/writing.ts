import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { FileUnwritableError } from "../terminal/commandErrors.ts";

/**
 * Does what writes a file or directory.
 *
 * @throws FileUnwritableError where the system refuses; its `cause` is what the system said
 */
export function writing<T>(file: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof Error && "syscall" in error) throw new FileUnwritableError(file, error);
    throw error;
  }
}

/**
 * Makes a directory and those above it that are missing. The recursive mode of Node's own call never ends where a file system
 * says "no such file" to each attempt, as /proc does.
 */
export function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory));
  mkdirSync(directory);
}
