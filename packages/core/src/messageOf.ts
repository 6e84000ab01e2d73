/** What an error says. Anything may be thrown; what is no error is written as text. Never throws. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown);
  } catch {
    return "unreadable error";
  }
}
