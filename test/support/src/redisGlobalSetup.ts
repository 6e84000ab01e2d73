import { TEST_REDIS_URL_VARIABLE } from "./redisForTests.ts";
import { type RedisServer, startRedis } from "./startRedis.ts";

let server: RedisServer | undefined;

/**
 * For vitest's `globalSetup`: one server for all tests of a run, told to them in the environment. A server that
 * `REDIS_URL` names is used instead. When several projects of one run ask, the first one starts it.
 */
export async function setup(): Promise<void> {
  if (process.env[TEST_REDIS_URL_VARIABLE]) return;
  const given = process.env["REDIS_URL"];
  if (given) {
    process.env[TEST_REDIS_URL_VARIABLE] = given;
    return;
  }
  server = await startRedis();
  process.env[TEST_REDIS_URL_VARIABLE] = server.url;
}

/** Ends the server if `setup` started it. */
export async function teardown(): Promise<void> {
  if (server === undefined) return;
  delete process.env[TEST_REDIS_URL_VARIABLE];
  await server.stop();
}
