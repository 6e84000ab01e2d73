import type { CommandIo, TextOutput } from "./commandIo.ts";
import { escapeText, safeJson } from "../text/escapeText.ts";
import { type Theme, themeFor } from "../text/theme.ts";
import type { OutputFormat, SharedOptions } from "../options/sharedOptions.ts";

/** The version of the shapes that JSON output has; it grows when a field changes its meaning or goes away. */
export const schemaVersion = 1;

/** Where a command writes: data on stdout, everything else on stderr. */
export class Output {
  readonly format: OutputFormat;
  /** For stdout. */
  readonly theme: Theme;
  /** For stderr. */
  readonly noteTheme: Theme;
  readonly stdout: TextOutput;
  readonly #stderr: TextOutput;

  constructor(io: CommandIo, shared: SharedOptions) {
    this.format = shared.output;
    this.theme = themeFor(shared.color, io.stdout.isTTY, io.env);
    this.noteTheme = themeFor(shared.color, io.stderr.isTTY, io.env);
    this.stdout = io.stdout;
    this.#stderr = io.stderr;
  }

  get isJson(): boolean {
    return this.format !== "table";
  }

  /** The width that tables keep to: that of the terminal, and none where output goes elsewhere. */
  get width(): number | undefined {
    return this.stdout.isTTY ? Math.max(20, this.stdout.columns) : undefined;
  }

  /** Lines of data for people. */
  lines(lines: readonly string[]): void {
    if (lines.length > 0) this.stdout.write(`${lines.join("\n")}\n`);
  }

  /** One JSON object on a line of its own: `schemaVersion` and `type`, then the fields. */
  object(type: string, fields: object): void {
    this.stdout.write(`${safeJson({ schemaVersion, type, ...fields })}\n`);
  }

  /** One thing, as JSON or as what `table` gives. */
  value(type: string, fields: object, table: () => readonly string[]): void {
    if (this.isJson) this.object(type, fields);
    else this.lines(table());
  }

  /** A remark on stderr. */
  note(text: string): void {
    this.#stderr.write(`${text}\n`);
  }

  /** A warning on stderr, on one line. */
  warn(text: string): void {
    this.note(`${this.noteTheme.paint("yellow", "warning:")} ${escapeText(text)}`);
  }
}
