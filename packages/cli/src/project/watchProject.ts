import type { Logger } from "@infill/core";
import type { LoadedProject } from "./loadProject.ts";
import { digestsOf } from "./projectFiles.ts";
import { shownPath } from "./projectLoadError.ts";

/** Time between two looks, in milliseconds. */
const lookMs = 1_000;

/**
 * Says in the log when a project's files are no longer what was loaded: once, and again whenever they have changed once more.
 * A change is told when two looks have found the same, because an editor may write a file in several steps. Nothing keeps the
 * process alive for it.
 *
 * @param cwd files are named as seen from here
 * @returns what ends the watch
 */
export function watchProject(
  { files, digests }: LoadedProject,
  log: Logger,
  cwd: string,
): () => void {
  const loaded = digests.join();
  let told = loaded;
  let before = loaded;
  const look = () => {
    const now = digestsOf(files);
    const text = now.join();
    if (text === before && text !== told) {
      told = text;
      const changed = files.filter((_, at) => now[at] !== digests[at]);
      // Back at what was loaded, nothing is to be said.
      if (changed[0] !== undefined)
        log.warn(`${shownPath(changed[0], cwd)} has changed; restart to use it`, {
          ...(changed.length > 1 ? { changed: changed.length } : {}),
        });
    }
    before = text;
  };
  const timer = setInterval(look, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}
