export { type EventuallyOptions, eventually } from "./eventually.ts";
export { freePort } from "./freePort.ts";
export { guardProcess } from "./guardProcess.ts";
export { isRunning } from "./isRunning.ts";
export { type LeakCheck, type LeakCheckOptions, leakCheck } from "./leakCheck.ts";
export {
  TEST_REDIS_URL_VARIABLE,
  cleanPrefix,
  redisUrlForTests,
  testPrefix,
} from "./redisForTests.ts";
export { isReply, respFrames } from "./respFrames.ts";
export { type NodeExit, type NodeProcess, type SpawnNodeOptions, spawnNode } from "./spawnNode.ts";
export {
  type RedisServer,
  type StartRedisOptions,
  redisServerProgram,
  startRedis,
} from "./startRedis.ts";
export { type ProxyDirection, type TcpProxy, startTcpProxy } from "./tcpProxy.ts";
