import { readFileSync } from "node:fs";

/** Whether a process runs; one that has ended and that its parent has not asked for yet (a zombie) does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // No /proc, as on macOS, where everybody's first process asks at once.
    return process.platform !== "linux";
  }
}
