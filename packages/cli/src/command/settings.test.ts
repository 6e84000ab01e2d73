import { expect, test } from "vitest";
import { actorOf, redisSetting } from "./settings.ts";

test("the nearest source of the address wins", () => {
  const all = {
    flag: "redis://flag",
    env: { INFILL_REDIS_URL: "redis://own", REDIS_URL: "redis://env" },
    dev: "redis://dev",
    project: "redis://project",
  };
  const origins = [
    redisSetting(all),
    redisSetting({ ...all, flag: undefined }),
    redisSetting({
      ...all,
      flag: undefined,
      env: { INFILL_REDIS_URL: "", REDIS_URL: "redis://env" },
    }),
    redisSetting({ ...all, flag: undefined, env: {} }),
    redisSetting({ ...all, flag: undefined, env: {}, dev: undefined }),
    redisSetting({ flag: undefined, env: {}, dev: undefined, project: undefined }),
  ];
  expect(origins).toEqual([
    { url: "redis://flag", origin: "--redis-url" },
    { url: "redis://own", origin: "INFILL_REDIS_URL" },
    { url: "redis://env", origin: "REDIS_URL" },
    { url: "redis://dev", origin: "infill dev" },
    { url: "redis://project", origin: "project" },
    { url: "redis://127.0.0.1:6379", origin: "default" },
  ]);
});

test("the actor can be named", () => {
  expect(actorOf({ INFILL_ACTOR: "ci" })).toBe("ci");
  expect(actorOf({})).toEqual(expect.any(String));
});
