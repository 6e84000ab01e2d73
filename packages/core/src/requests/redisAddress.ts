import { InfillError } from "@infill/partitions";

/**
 * The address is no Redis address: another scheme, no host, or an impossible port or database
 * index.
 */
export class RedisUrlError extends InfillError {
  readonly code = "INFILL_REDIS_URL_INVALID";

  constructor(url: string, problem: string) {
    super(
      `Invalid Redis address "${redactRedisUrl(url)}": ${problem}. ` +
        "Expected redis://[user:password@]host[:port][/database], or rediss:// for TLS.",
    );
  }
}

/** A parsed and checked Redis address. */
export interface RedisAddress {
  /** The complete normalized address. It may hold a password. */
  readonly url: string;
  /** For people: without user, password and query. */
  readonly label: string;
  /** A host name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** Index of the database, from 0; the server limits it. */
  readonly database: number;
  readonly isTls: boolean;
  readonly hasPassword: boolean;
}

const parameters = ["family", "db"] as const;

/**
 * Reads the address of a Redis server. The database is the path (`/2`) or the parameter `db`; the parameter `family`
 * (0, 4 or 6) chooses the kind of IP address. User and password are percent-decoded.
 *
 * @throws RedisUrlError
 */
export function parseRedisUrl(url: string): RedisAddress {
  const read = readAddress(url);
  if (typeof read === "string") throw new RedisUrlError(url, read);
  return read;
}

/** The address without user, password and query, even if it is invalid. */
export function redactRedisUrl(url: string): string {
  const read = readAddress(url);
  if (typeof read !== "string") return read.label;
  // Invalid: everything up to the last "@", or after a "?", may be part of a password.
  const start = /^\w+:\/\//.exec(url)?.[0] ?? "";
  const at = url.lastIndexOf("@");
  const rest = (at < 0 ? url.slice(start.length) : `…${url.slice(at)}`).replace(/[?#].*$/s, "?…");
  return `${start}${rest}`.slice(0, 200);
}

/** The parsed address, or the error in it. */
function readAddress(url: string): RedisAddress | string {
  if (/^unix:|^\/(?!\/)/i.test(url)) return "Unix sockets are not supported";
  if (!/^rediss?:\/\//i.test(url)) return "it does not begin with redis:// or rediss://";
  if (/\s/.test(url)) return "it contains white space";
  const place = placeOf(url);
  if (place === "" || /^:\d*$/.test(place)) return "it has no host";
  const parsed = parse(url);
  if (parsed === undefined) return syntaxProblem(url);
  // An unescaped "/", "?" or "#" cuts a password off, so that its rest is in the path or query.
  if (`${parsed.pathname}${parsed.search}${parsed.hash}`.includes("@"))
    return 'a "/", "?" or "#" in a password must be written as %2F, %3F or %23';
  if (parsed.hash !== "") return "it contains a #; the part after # has no meaning here";
  const isEncoded = [parsed.username, parsed.password].every((text) => decoded(text) !== undefined);
  if (!isEncoded) return 'a "%" in a user name or password must be written as %25';
  if (parsed.port === "0") return "the port is 0; expected 1 to 65535";
  for (const name of parsed.searchParams.keys()) {
    if (!parameters.some((known) => known === name))
      return `the parameter "${name.slice(0, 40)}" is unknown; expected family or db`;
  }
  const family = parsed.searchParams.get("family");
  if (family !== null && !["0", "4", "6"].includes(family))
    return "the parameter family is not 0, 4 or 6";
  const database = databaseOf(parsed);
  return typeof database === "string" ? database : addressOf(parsed, database, family);
}

function addressOf(parsed: URL, database: number, family: string | null): RedisAddress {
  const { protocol, hostname, username, password } = parsed;
  const port = parsed.port === "" ? 6379 : Number(parsed.port);
  const userInfo = username === "" && password === "" ? "" : `${username}:${password}@`;
  const place = `${hostname}:${port}${database === 0 ? "" : `/${database}`}`;
  const query = family === null ? "" : `?family=${family}`;
  return {
    url: `${protocol}//${userInfo}${place}${query}`,
    label: `${protocol}//${userInfo === "" ? "" : "…@"}${place}`,
    host: hostname.replace(/^\[|\]$/g, ""),
    port,
    database,
    isTls: protocol === "rediss:",
    hasPassword: password !== "",
  };
}

/** The index of the database, or the error in it. */
function databaseOf(parsed: URL): number | string {
  const path = parsed.pathname.replace(/^\//, "");
  const parameter = parsed.searchParams.get("db");
  if (path !== "" && parameter !== null && path !== parameter)
    return "its path and its parameter db name two databases";
  const text = path === "" ? (parameter ?? "0") : path;
  // ioredis and Redis keep the index in 32 bits.
  if (!/^\d{1,9}$/.test(text))
    return `"${text.slice(0, 40)}" is not a database index; expected a whole number from 0`;
  return Number(text);
}

/** Host and port as written. */
function placeOf(url: string): string {
  const authority = /^\w+:\/\/([^/?#]*)/.exec(url)?.[1] ?? "";
  return authority.slice(authority.lastIndexOf("@") + 1);
}

/** Why `new URL` refuses it. */
function syntaxProblem(url: string): string {
  const place = placeOf(url);
  const port = /:([^:\]]*)$/.exec(place)?.[1];
  if (port !== undefined && !/^\d*$/.test(port))
    return place.split(":").length > 2 && !place.startsWith("[")
      ? "an IPv6 address must be in brackets, as in redis://[::1]:6379"
      : "its port is not a number; expected 1 to 65535";
  if (port !== undefined && Number(port) > 65_535)
    return `the port ${port.slice(0, 20)} is out of range; expected 1 to 65535`;
  if (place.split(":").length > 2 && !place.startsWith("["))
    return "an IPv6 address must be in brackets, as in redis://[::1]:6379";
  return "its host is invalid";
}

function parse(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
