import { z } from "zod";

/** Names of assets and pools. They are parts of Redis keys, so few characters are permitted. */
export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/,
    "expected 1 to 128 letters, digits, _ . or -, beginning with a letter, digit or _",
  )
  .refine((name) => !["__proto__", "prototype", "constructor"].includes(name), "is reserved");
