/**
 * The base of every error that Infill throws on purpose.
 *
 * `code` is public API and never changes; the wording of `message` may improve. Subclasses have the
 * values in the message as fields.
 */
export abstract class InfillError extends Error {
  /** Stable name of the error, `INFILL_…`; `docs/reference/errors.md` lists them all. */
  abstract readonly code: string;

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}
