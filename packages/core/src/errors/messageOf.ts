/** What an error says. Anything may be thrown; what is no error is written as text. Never throws. */
export function messageOf(thrown: unknown): string {
  try {
    // A class of a user's may have made its message anything.
    const message: unknown = thrown instanceof Error ? thrown.message : thrown;
    return typeof message === "string" ? message : String(message);
  } catch {
    return "unreadable error";
  }
}
