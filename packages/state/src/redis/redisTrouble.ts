import { redactRedisUrl } from "@infill/core";
import { InfillError } from "@infill/partitions";

/** Error codes for trouble with Redis or the network path to it. */
export type RedisTroubleCode =
  | "INFILL_REDIS_UNREACHABLE"
  | "INFILL_REDIS_AUTH"
  | "INFILL_REDIS_PERMISSION"
  | "INFILL_REDIS_DATABASE"
  | "INFILL_REDIS_PROTECTED"
  | "INFILL_REDIS_CLIENTS"
  | "INFILL_REDIS_TLS"
  | "INFILL_REDIS_NOT_READY";

/** A trouble with Redis or the network path to it. */
export interface RedisTrouble {
  readonly code: RedisTroubleCode;
  /** Redis' own word (`MISCONF`, `NOAUTH`) or the system's (`ECONNREFUSED`). */
  readonly name: string;
  /** The rest of a sentence that begins with "Redis at <address>". */
  readonly problem: string;
  /** What to do about it: a sentence without its full stop. */
  readonly remedy: string;
  /**
   * What to do about it when a service is waiting and nobody has just typed the address; default:
   * `remedy`.
   */
  readonly serviceRemedy?: string;
  /** Whether it can pass without a change of the address, the password or a permission. */
  readonly passes: boolean;
}

/** Redis cannot be used. */
export class RedisTroubleError extends InfillError {
  readonly code: RedisTroubleCode;
  readonly url: string;
  readonly trouble: RedisTrouble;

  /** @param waitedMs how long the command waited, in milliseconds, if it did */
  constructor(url: string, trouble: RedisTrouble, waitedMs?: number) {
    const waited =
      waitedMs === undefined ? "" : ` Gave up after ${Math.round(waitedMs / 1_000)} seconds.`;
    super(`${troubleText(url, trouble)}${waited}`);
    this.code = trouble.code;
    this.url = redactRedisUrl(url);
    this.trouble = trouble;
  }
}

/** The trouble in two sentences. The address is shown without its password. */
export function troubleText(url: string, { problem, remedy }: RedisTrouble): string {
  return `Redis at ${redactRedisUrl(url)} ${problem}. ${remedy}.`;
}

/** The same for a service's log. */
export function serviceTroubleText(url: string, trouble: RedisTrouble): string {
  const { remedy, serviceRemedy = remedy } = trouble;
  return troubleText(url, { ...trouble, remedy: serviceRemedy });
}

type Facts = Omit<RedisTrouble, "name" | "problem"> & {
  /** `why` is the message of Redis or the system. */
  readonly problem: string | ((why: string) => string);
};

const says = (what: string) => (why: string) => `${what} (${why})`;

/** Answers that say "not now": the server starts, fails over, is full, or runs a long script. */
const notNow: Readonly<Record<string, Omit<Facts, "code" | "passes">>> = {
  LOADING: {
    problem: "is loading its data after a start",
    remedy: "It answers when it has loaded them",
  },
  MISCONF: {
    problem: says("cannot save to its disk and takes no writes"),
    remedy: "Free space on its disk; its log says more",
  },
  OOM: {
    problem: "has no memory left and takes no writes",
    remedy: "Raise maxmemory, or free memory there; nothing is lost meanwhile",
  },
  READONLY: {
    problem: "is a replica and takes no writes",
    remedy: "Give the address of the primary, or wait for the end of a failover",
  },
  MASTERDOWN: {
    problem: "is a replica that has lost its primary",
    remedy: "Start the primary, or promote this replica",
  },
  BUSY: {
    problem: "runs a long script",
    remedy: "It answers when the script has ended; SCRIPT KILL ends one that has written nothing",
  },
  CLUSTERDOWN: { problem: "says that its cluster is down", remedy: "CLUSTER INFO tells why" },
  TRYAGAIN: {
    problem: "is moving keys to another node",
    remedy: "It answers when they are moved",
  },
  NOREPLICAS: {
    problem: "has fewer replicas than min-replicas-to-write",
    remedy: "Start its replicas",
  },
};

const words = Object.keys(notNow).join("|");
/** As a reply of its own, or inside the reply of a Redis 6.2 script that met it. */
const notNowReply = new RegExp(`(?:^|@user_script: ?\\d+: -)(${words})\\b`);

const unreachable = "INFILL_REDIS_UNREACHABLE";
const startOne =
  "Start one there, or give another address with --redis-url or REDIS_URL; `infill dev` starts its own";
const goesOn =
  "This process tries again and goes on when Redis answers; if the address is wrong, correct REDIS_URL and restart it";

const refusals: readonly (readonly [RegExp, string, Facts])[] = [
  [
    /^NOAUTH\b/,
    "NOAUTH",
    {
      code: "INFILL_REDIS_AUTH",
      problem: "requires a password",
      remedy: "Write it into the address: redis://:password@host:port, in REDIS_URL",
      passes: false,
    },
  ],
  [
    /^(?:WRONGPASS\b|ERR invalid password)/,
    "WRONGPASS",
    {
      code: "INFILL_REDIS_AUTH",
      problem: "refuses the user or the password of the address",
      remedy: "Correct them in REDIS_URL; special characters are percent-encoded (@ is %40)",
      passes: false,
    },
  ],
  [
    /\bNOPERM\b/,
    "NOPERM",
    {
      code: "INFILL_REDIS_PERMISSION",
      problem: says("does not allow its user a command that Infill needs"),
      remedy: "Grant it with ACL SETUSER",
      passes: false,
    },
  ],
  [
    /DB index is out of range|invalid DB index|SELECT is not allowed/i,
    "SELECT",
    {
      code: "INFILL_REDIS_DATABASE",
      problem: says("has no such database"),
      remedy: "Give an index below its setting `databases` (16 unless set; a cluster has 0 only)",
      passes: false,
    },
  ],
  [
    /^DENIED\b.*protected mode/s,
    "DENIED",
    {
      code: "INFILL_REDIS_PROTECTED",
      problem: "runs in protected mode and answers only its own machine",
      remedy: "Set a password there (requirepass) and write it into the address",
      passes: false,
    },
  ],
  [
    /max number of clients/i,
    "MAXCLIENTS",
    {
      code: "INFILL_REDIS_CLIENTS",
      problem: "has reached its limit of connections",
      remedy: "Raise maxclients, or close other connections",
      passes: true,
    },
  ],
  [
    /wrong version number|packet length too long|before secure TLS connection/i,
    "TLS",
    {
      code: "INFILL_REDIS_TLS",
      problem: says("does not use TLS on this port"),
      remedy: "Give the address with redis:// instead of rediss://, or give its TLS port",
      passes: false,
    },
  ],
  [
    /certificate|CERT_|SELF_SIGNED|UNABLE_TO_VERIFY/i,
    "CERTIFICATE",
    {
      code: "INFILL_REDIS_TLS",
      problem: says("shows a certificate that is not trusted"),
      remedy: "Name the authority that signed it in NODE_EXTRA_CA_CERTS",
      passes: false,
    },
  ],
  [
    /ENOTFOUND|EAI_AGAIN|EAI_FAIL/,
    "ENOTFOUND",
    {
      code: unreachable,
      problem: says("cannot be found: its host name has no address"),
      remedy: "Correct the host in --redis-url or REDIS_URL",
      passes: true,
    },
  ],
  [
    /Protocol error/i,
    "PROTOCOL",
    {
      code: unreachable,
      problem: "is not a Redis server",
      remedy: "Correct the port in --redis-url or REDIS_URL",
      passes: false,
    },
  ],
];

/**
 * Classifies an error of a command or a connection; undefined if it says nothing about Redis
 * itself.
 */
export function redisTroubleOf(error: unknown): RedisTrouble | undefined {
  const { text, systemCode } = textsOf(error);
  const word = notNowWord(error);
  if (word !== undefined) {
    const facts = notNow[word];
    if (facts !== undefined)
      return named(word, text, { ...facts, code: "INFILL_REDIS_NOT_READY", passes: true });
  }
  for (const [pattern, name, facts] of refusals) {
    if (pattern.test(text) || pattern.test(systemCode)) return named(name, text, facts);
  }
  if (/^E[A-Z]+$/.test(systemCode) || /connection is closed|connection close/i.test(text))
    return silence(systemCode === "" ? closedName : systemCode);
  return undefined;
}

/** The name of a trouble of which only the closed connection is known. */
export const closedName = "connection closed";

/** No answer: nothing listens, the connection broke, or the server is silent. */
export function silence(why: string): RedisTrouble {
  return {
    code: unreachable,
    name: why,
    problem: `is unreachable (${why})`,
    remedy: startOne,
    serviceRemedy: goesOn,
    passes: true,
  };
}

/** The trouble to report while a server loads its data. */
export const waitsForLoading: RedisTrouble = {
  code: "INFILL_REDIS_NOT_READY",
  name: "LOADING",
  problem: "is loading its data after a start",
  remedy: "It answers when it has loaded them",
  passes: true,
};

/** Whether the same call may succeed later. */
export function isNotNow(error: unknown): boolean {
  return notNowWord(error) !== undefined;
}

function notNowWord(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const word = notNowReply.exec(error.message)?.[1];
  if (word !== undefined) return word;
  if (!error.message.startsWith("EXECABORT") || !("previousErrors" in error)) return undefined;
  const causes = Array.isArray(error.previousErrors) ? error.previousErrors : [];
  return causes.map(notNowWord).find((found) => found !== undefined);
}

function named(name: string, why: string, { problem, ...rest }: Facts): RedisTrouble {
  const said = why.replace(/\s+/g, " ").slice(0, 200);
  return { ...rest, name, problem: typeof problem === "string" ? problem : problem(said) };
}

function textsOf(error: unknown): { readonly text: string; readonly systemCode: string } {
  if (!(error instanceof Error)) return { text: String(error), systemCode: "" };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return { text: error.message, systemCode: code };
}
