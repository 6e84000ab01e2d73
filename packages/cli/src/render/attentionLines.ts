import type { Attention } from "@infill/client";
import { escapeText } from "../text/escapeText.ts";

/** What holds a backfill up, a line each with the command that helps. */
export function attentionLines(attention: readonly Attention[]): string[] {
  return attention.map(({ message, command, since }) => {
    const when = since === undefined ? "" : `Since ${since}: `;
    const help = command === undefined ? "" : `  Run: ${command}`;
    return escapeText(`${when}${message}${help}`);
  });
}
