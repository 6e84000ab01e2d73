/** The whole number above 0 that follows a flag. @throws Error where something else does */
export function numberArgument(args: readonly string[], flag: string, otherwise: number): number {
  const text = textArgument(args, flag);
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`${flag} takes a whole number above 0`);
}

/** What follows a flag; undefined where the flag is not given. */
export function textArgument(args: readonly string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at === -1 ? undefined : args[at + 1];
}
