import pc from "picocolors";

/** What a color is for; the color itself never says anything that the text does not. */
export type Role = "plain" | "bold" | "grey" | "blue" | "green" | "red" | "purple" | "yellow";

/** Colors text, or leaves it as it is. */
export interface Theme {
  readonly hasColor: boolean;
  paint(role: Role, text: string): string;
}

/**
 * Whether a stream gets colors: as `--color` says, else never under NO_COLOR, always under FORCE_COLOR, and where
 * neither is set on a terminal that is not dumb.
 */
export function themeFor(
  color: "auto" | "always" | "never",
  isTTY: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Theme {
  if (color !== "auto") return theme(color === "always");
  if (isSet(env["NO_COLOR"])) return theme(false);
  if (isSet(env["FORCE_COLOR"])) return theme(env["FORCE_COLOR"] !== "0");
  return theme(isTTY && env["TERM"] !== "dumb");
}

/** A theme with or without colors. */
export function theme(hasColor: boolean): Theme {
  const colors = pc.createColors(hasColor);
  const paints: Readonly<Record<Role, (text: string) => string>> = {
    plain: (text) => text,
    bold: colors.bold,
    grey: colors.dim,
    blue: colors.cyan,
    green: colors.green,
    red: colors.red,
    purple: colors.magenta,
    yellow: colors.yellow,
  };
  return { hasColor, paint: (role, text) => paints[role](text) };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
