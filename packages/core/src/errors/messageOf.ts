/** The message of a thrown value; a value that is no error as text. Never throws. */
export function messageOf(thrown: unknown): string {
  try {
    // A user's error class may have a message of any type.
    const message: unknown = thrown instanceof Error ? thrown.message : thrown;
    return typeof message === "string" ? message : String(message);
  } catch {
    return "unreadable error";
  }
}
