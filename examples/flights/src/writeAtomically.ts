import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Ends the names of files that are still being written, or were when their process was killed. */
export const partialSuffix = ".partial";

/**
 * Puts a file in place whole or not at all: `write` fills a file beside it, which then takes its name.
 *
 * Readers, a second attempt at the same time and a process killed in the middle never meet half a file.
 */
export async function writeAtomically<T>(
  file: string,
  write: (partialFile: string) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const partialFile = `${file}.${randomUUID()}${partialSuffix}`;
  try {
    const result = await write(partialFile);
    signal?.throwIfAborted();
    await rename(partialFile, file);
    return result;
  } catch (error) {
    await rm(partialFile, { force: true });
    throw error;
  }
}
