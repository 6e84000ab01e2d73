import { userInfo } from "node:os";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where Redis is, and which setting said so. */
export interface RedisSetting {
  readonly url: string;
  readonly origin:
    | "--redis-url"
    | "INFILL_REDIS_URL"
    | "REDIS_URL"
    | "infill dev"
    | "project"
    | "default";
}

/** The address of Redis from a flag or the environment, if either gives one. An empty variable is not set. */
export function explicitRedisUrl(
  flag: string | undefined,
  env: Environment,
): RedisSetting | undefined {
  if (flag !== undefined) return { url: flag, origin: "--redis-url" };
  for (const name of ["INFILL_REDIS_URL", "REDIS_URL"] as const) {
    const url = env[name];
    if (url !== undefined && url !== "") return { url, origin: name };
  }
  return undefined;
}

/**
 * The Redis that a command uses: its flag, INFILL_REDIS_URL, REDIS_URL, the `infill dev` that runs in the project's
 * directory, the project's `redisUrl`, redis://127.0.0.1:6379; the first of these that is there.
 */
export function redisSetting(sources: {
  readonly flag: string | undefined;
  readonly env: Environment;
  readonly dev: string | undefined;
  readonly project: string | undefined;
}): RedisSetting {
  const explicit = explicitRedisUrl(sources.flag, sources.env);
  if (explicit !== undefined) return explicit;
  if (sources.dev !== undefined) return { url: sources.dev, origin: "infill dev" };
  if (sources.project !== undefined) return { url: sources.project, origin: "project" };
  return { url: "redis://127.0.0.1:6379", origin: "default" };
}

/** Who changes something: INFILL_ACTOR, or the name of the user. */
export function actorOf(env: Environment): string {
  const named = env["INFILL_ACTOR"];
  if (named !== undefined && named !== "") return named.slice(0, 200);
  try {
    return userInfo().username.slice(0, 200);
  } catch {
    // Containers run under ids that have no name.
    return "";
  }
}
