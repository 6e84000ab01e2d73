import { thrownErrors } from "./thrownErrors.ts";

/** Name and message of a thrown value, on one line of at most 200 characters. */
export function errorLine(thrown: unknown): string {
  const { thrown: outer, innermost } = thrownErrors(thrown);
  const own = `${outer.name}: ${outer.message}`;
  const text =
    innermost === outer || innermost.depth === 0
      ? own
      : // Room for both, however long the first is.
        `${own.slice(0, 90)} ← ${innermost.name}: ${innermost.message}`;
  return text
    .slice(0, 2_000)
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .slice(0, 200);
}
