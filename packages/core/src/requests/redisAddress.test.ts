import { expect, test } from "vitest";
import { parseRedisUrl, redactRedisUrl, RedisUrlError } from "./redisAddress.ts";

test.each([
  ["redis://localhost", "redis://localhost:6379", 0],
  ["redis://localhost:6380/2", "redis://localhost:6380/2", 2],
  ["redis://localhost/16", "redis://localhost:6379/16", 16],
  ["REDIS://localhost/?db=3", "redis://localhost:6379/3", 3],
  ["redis://[::1]:6380/1?family=6", "redis://[::1]:6380/1", 1],
  ["rediss://someone:a%40b%25@host", "rediss://…@host:6379", 0],
  ["redis://:p@ss@host:1", "redis://…@host:1", 0],
])("%s is %s", (url, label, database) => {
  const address = parseRedisUrl(url);
  expect([address.label, address.database]).toEqual([label, database]);
  expect(parseRedisUrl(address.url)).toEqual(address);
});

test.each([
  ["redis://localhost/-1", '"-1" is not a database index'],
  ["redis://localhost/abc", '"abc" is not a database index'],
  ["redis://localhost/1.5", '"1.5" is not a database index'],
  ["redis://localhost/1/2", '"1/2" is not a database index'],
  ["redis://localhost/99999999999", "is not a database index"],
  ["redis://localhost/1?db=2", "two databases"],
  ["redis://localhost:70000", "the port 70000 is out of range"],
  ["redis://localhost:0", "the port is 0"],
  ["redis://localhost:abc", "its port is not a number"],
  ["redis://::1:6379", "an IPv6 address must be in brackets"],
  ["redis://", "no host"],
  ["redis://:6379", "no host"],
  ["redis://:secret@:6379", "no host"],
  ["redis://localhost?maxRetriesPerRequest=1", 'the parameter "maxRetriesPerRequest" is unknown'],
  ["redis://localhost?family=5", "family"],
  ["redis://localhost#x", "it contains a #"],
  ["redis://:a%zz@localhost", "%25"],
  ["redis:localhost", "begin with redis://"],
  ["/run/redis.sock", "Unix sockets"],
  ["unix:///run/redis.sock", "Unix sockets"],
  ["localhost:6379", "begin with redis://"],
])("%s is refused: %s", (url, problem) => {
  expect(() => parseRedisUrl(url)).toThrow(RedisUrlError);
  expect(() => parseRedisUrl(url)).toThrow(problem);
});

test.each([
  "redis://:se@kret@host:6379",
  "redis://:se/kret@host:6379",
  "redis://:se?kret@host:6379",
  "redis://:se#kret@host:6379",
  "redis://user:se/kr@ets@host:99999",
  "redis://host:6379?password=sekret",
  "redis://:se%zzkret@host",
  "//:sekret@host",
  "user:sekret@host:1",
])("hides every part of the password of %s", (url) => {
  expect(redactRedisUrl(url)).not.toMatch(/kret|ets|se[@/?#%]/);
  try {
    parseRedisUrl(url);
  } catch (error) {
    expect(String(error)).not.toMatch(/kret|ets|se[@/?#%]/);
  }
});
