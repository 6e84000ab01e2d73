import { connect } from "node:net";

/**
 * Asks once whether the Redis on a port of 127.0.0.1 is the given process and is ready: false while it loads its
 * data, where nobody listens, and where somebody else does. Answers within a second.
 */
export function isRedisProcess(port: number, pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    let reply = "";
    const socket = connect(port, "127.0.0.1", () => {
      socket.write("PING\r\nINFO server\r\nQUIT\r\n");
    });
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on("error", () => {});
    socket.on("data", (data) => {
      reply += data.toString();
    });
    socket.on("close", () => {
      resolve(reply.startsWith("+PONG") && reply.includes(`\nprocess_id:${pid}\r\n`));
    });
  });
}
