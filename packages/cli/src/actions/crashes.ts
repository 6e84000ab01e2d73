/** A process that lived this long, in milliseconds, did not crash because of how it starts. */
export const steadyMs = 60_000;

const shownCharacters = 300;
const keptCharacters = 16_384;

/** How long to wait before a process is started again that has crashed that many times before; at most a minute. */
export function restartDelayMs(crashesBefore: number): number {
  return Math.min(60_000, 1_000 * 2 ** Math.min(crashesBefore, 6));
}

/** The end of what a process has written. */
export class LastLines {
  text = "";

  add(text: string): void {
    this.text = (this.text + text).slice(-keptCharacters);
  }
}

/**
 * Why a process crashed, by the last error that it printed: the command's own line, as JSON too, or the first line of a
 * stack trace. Undefined where it printed none.
 */
export function crashReason(output: string): string | undefined {
  const reason = output.split("\n").flatMap(errorIn).at(-1);
  return reason === undefined || reason.length <= shownCharacters
    ? reason
    : `${reason.slice(0, shownCharacters)}…`;
}

function errorIn(line: string): string[] {
  if (line.startsWith("{")) {
    try {
      const { type, code, message }: Record<string, unknown> = JSON.parse(line);
      return type === "error" && typeof message === "string" ? [`${String(code)}: ${message}`] : [];
    } catch {
      // Some other text that begins with a brace.
      return [];
    }
  }
  const own = /^error (INFILL_\w+: .*)/.exec(line)?.[1];
  const trace = /^(?:Uncaught )?((?:\w*Error|\w*Exception)\b(?: \[\w+\])?: .*)/.exec(line)?.[1];
  return [own, trace].filter((each) => each !== undefined);
}
