import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { cleanPrefix, redisUrlForTests, testPrefix } from "./redisForTests.ts";

test("every test has a prefix of its own, and cleaning it touches nothing else", async () => {
  const url = redisUrlForTests();
  const redis = new Redis(url);
  onTestFinished(() => redis.disconnect());
  const [mine, other] = [testPrefix(), testPrefix()];
  expect(mine).not.toBe(other);
  await redis.mset(`${mine}:a`, "1", `infill:{${mine}/0}:b`, "2", `${other}:a`, "3");

  await cleanPrefix(url, mine);

  expect(await redis.exists(`${mine}:a`, `infill:{${mine}/0}:b`)).toBe(0);
  expect(await redis.get(`${other}:a`)).toBe("3");
  await cleanPrefix(url, other);
});
