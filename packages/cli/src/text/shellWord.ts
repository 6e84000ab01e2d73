/** A word as a shell reads it back: in single quotes where it holds anything but letters, digits and harmless marks. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
