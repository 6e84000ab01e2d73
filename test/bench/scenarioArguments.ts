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

/**
 * The names, divided by commas, that follow a flag; all names where the flag is not given.
 *
 * @throws Error that lists what there is, where one is not known
 */
export function namesArgument(
  args: readonly string[],
  flag: string,
  known: readonly string[],
): readonly string[] {
  if (!args.includes(flag)) return known;
  const names = (textArgument(args, flag) ?? "").split(",").filter((name) => name !== "");
  const unknown = names.filter((name) => !known.includes(name));
  if (names.length > 0 && unknown.length === 0) return names;
  throw new Error(
    `${flag} takes names of ${known.join(", ")}${unknown.length === 0 ? "" : `, not ${unknown.join(", ")}`}`,
  );
}
