/** What an error says. Anything may be thrown; what is no error is written as text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
