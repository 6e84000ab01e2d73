/**
 * Quotes a word for a shell: in single quotes if it holds anything but letters, digits and safe
 * marks.
 */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
