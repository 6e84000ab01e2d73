import { createServer, type Server, type Socket } from "node:net";
import { startRedis, type RedisServer } from "@infill/test-support";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkRedis } from "./redisHealth.ts";
import { openRedis } from "./redisConnection.ts";
import { RedisTroubleError } from "./redisTrouble.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

async function failure(url: string, patienceMs = 30_000): Promise<RedisTroubleError> {
  const outcome = await openRedis(url, { name: "test", patienceMs }).then(
    (redis) => {
      redis.disconnect();
      return "opened";
    },
    (error: unknown) => error,
  );
  if (outcome instanceof RedisTroubleError) return outcome;
  throw new Error(`expected a RedisTroubleError, got ${String(outcome)}`);
}

/** A server that greets or answers each connection as configured. */
async function fakeServer(serve: (socket: Socket) => void): Promise<Server & { url: string }> {
  const fake = createServer((socket) => {
    socket.on("error", () => {});
    serve(socket);
  });
  await new Promise<void>((resolve) => fake.listen(0, "127.0.0.1", resolve));
  const address = fake.address();
  if (address === null || typeof address === "string") throw new Error("Bug: not a TCP address");
  return Object.assign(fake, { url: `redis://127.0.0.1:${address.port}` });
}

test("a database that the server does not have is refused, not replaced by database 0", async () => {
  const error = await failure(`${server.url}/99`);
  expect(error.code).toBe("INFILL_REDIS_DATABASE");
  expect(error.message).toMatch(/\/99 has no such database .*Give an index below.*databases/);
});

test("a database that the server has is used", async () => {
  const redis = await openRedis(`${server.url}/9`, { name: "test" });
  await redis.set("here", "9");
  redis.disconnect();
  const plain = new Redis(server.url);
  expect(await plain.get("here")).toBeNull();
  plain.disconnect();
});

test("a connection that loses its database after a restart waits and does not use another", async () => {
  const own = await startRedis({ extraArgs: ["--databases", "20"], appendonly: true });
  const redis = await openRedis(`${own.url}/19`, { name: "test" });
  const plain = new Redis({ port: own.port, lazyConnect: true });
  try {
    const other = await startRedis({ directory: own.directory, port: own.port }).catch(() => null);
    // The port is in use as long as the first server runs.
    expect(other).toBeNull();
    await own.kill9();
    const fewer = await startRedis({ port: own.port, extraArgs: ["--databases", "2"] });
    try {
      await plain.connect();
      redis.patienceMs = 1_000;
      await expect(redis.set("x", "1")).rejects.toMatchObject({ code: "INFILL_REDIS_DATABASE" });
      expect(await plain.dbsize()).toBe(0);
    } finally {
      await fewer.stop();
    }
  } finally {
    redis.disconnect();
    plain.disconnect();
    await own.stop();
  }
});

test("a missing and a wrong password have different errors", async () => {
  const own = await startRedis({ extraArgs: ["--requirepass", "sekret"] });
  try {
    const none = await failure(own.url);
    expect([none.code, none.message]).toEqual([
      "INFILL_REDIS_AUTH",
      expect.stringContaining("requires a password"),
    ]);
    const wrong = await failure(own.url.replace("//", "//:wr%40ng@"));
    expect([wrong.code, wrong.message]).toEqual([
      "INFILL_REDIS_AUTH",
      expect.stringContaining("refuses the user or the password"),
    ]);
    expect(wrong.message).not.toMatch(/wr|ng@/);
  } finally {
    await own.stop();
  }
});

test.each([
  ["-DENIED Redis is running in protected mode because", "INFILL_REDIS_PROTECTED"],
  ["-ERR max number of clients reached", "INFILL_REDIS_CLIENTS"],
  ["-NOPERM this user has no permissions to run the 'hello' command", "INFILL_REDIS_PERMISSION"],
  ["HTTP/1.1 400 Bad Request", "INFILL_REDIS_UNREACHABLE"],
])("%s is %s", async (greeting, code) => {
  const fake = await fakeServer((socket) => {
    socket.once("data", () => socket.end(`${greeting}\r\n`));
  });
  const error = await failure(fake.url);
  expect([error.code, error.message]).toEqual([code, expect.stringMatching(/^Redis at .*\.$/)]);
  fake.close();
});

test("the error for a server that hangs up asks whether it speaks TLS", async () => {
  const fake = await fakeServer((socket) => socket.once("data", () => socket.destroy()));
  expect((await failure(fake.url)).message).toContain("rediss://");
  fake.close();
});

test("TLS to a plain server has an error of its own", async () => {
  const error = await failure(server.url.replace("redis:", "rediss:"));
  expect([error.code, error.message]).toEqual([
    "INFILL_REDIS_TLS",
    expect.stringContaining("redis://"),
  ]);
});

test("a host without an address has an error of its own", async () => {
  const error = await failure("redis://nosuch.invalid:6379");
  expect([error.code, error.message]).toEqual([
    "INFILL_REDIS_UNREACHABLE",
    expect.stringContaining("host name has no address"),
  ]);
});

test("a server that loads its data gets time", async () => {
  let isLoading = true;
  const fake = await fakeServer((socket) => {
    socket.on("data", (data) => {
      for (const _ of data.toString().match(/\*\d+\r\n/g) ?? []) {
        const info = `loading:${isLoading ? 1 : 0}\r\nredis_version:7.0.0\r\nloading_eta_seconds:1\r\n`;
        socket.write(
          data.toString().toLowerCase().includes("info")
            ? `$${info.length}\r\n${info}\r\n`
            : "+OK\r\n",
        );
      }
    });
  });
  const error = await failure(fake.url, 4_000);
  expect([error.code, error.message]).toEqual([
    "INFILL_REDIS_NOT_READY",
    expect.stringMatching(/loading its data.*Gave up after \d seconds/),
  ]);
  isLoading = false;
  const redis = await openRedis(fake.url, { name: "test" });
  redis.disconnect();
  fake.close();
});

test("without permission for CONFIG there is no warning about snapshots", async () => {
  const own = await startRedis();
  const admin = new Redis(own.url);
  try {
    await admin.call("ACL", "SETUSER", "low", "on", ">low", "~*", "&*", "+@all", "-config");
    const redis = await openRedis(own.url.replace("//", "//low:low@"), { name: "test" });
    const { warnings } = await checkRedis(redis);
    expect(warnings).toEqual([expect.stringContaining("may not read")]);
    expect(warnings.join()).not.toContain("unknown");
    redis.disconnect();
  } finally {
    admin.disconnect();
    await own.stop();
  }
});
