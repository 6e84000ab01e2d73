import { startRedis } from "./startRedis.ts";

// A program for a test of `startRedis`: it starts a server, says so, and waits to be killed.
const server = await startRedis();
console.log(`redis ${server.pid} ${server.directory}`);
setInterval(() => {}, 1_000);
