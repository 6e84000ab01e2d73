import { spawn } from "node:child_process";

/**
 * Makes sure that a child process does not outlive this one, however this one ends, SIGKILL included:
 * a small shell holds a pipe to us and kills the child when the pipe closes.
 *
 * @param pid the child; with `group: true` the whole process group that it leads
 * @param options `directory` is removed with the child, for data that nobody can use any more
 * @returns the release; call it once the child has exited, since its pid may be given to another process then
 */
export function guardProcess(
  pid: number,
  options: { readonly group?: boolean; readonly directory?: string } = {},
): () => void {
  const target = options.group === true ? `-${pid}` : `${pid}`;
  const script =
    'read -r word; if [ "$word" != release ]; then kill -s KILL -- "$1"; [ -z "$2" ] || rm -rf -- "$2"; fi 2>/dev/null';
  // A session of its own, so that Ctrl-C in a terminal reaches us and not the guard.
  const guard = spawn("/bin/sh", ["-c", script, "guard", target, options.directory ?? ""], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guard.on("error", () => {});
  guard.stdin.on("error", () => {});
  guard.unref();
  // The pipe must not keep this process alive: its closing is the signal.
  (guard.stdin as unknown as { unref?: () => void }).unref?.();
  return () => {
    guard.stdin.end("release\n");
  };
}
