import { createServer } from "node:net";

/**
 * A TCP port of 127.0.0.1 that nobody listens on now. Another process may take it before the caller does, so
 * a server that listens on it must be ready to ask for another one.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string")
        throw new Error("Bug: not a TCP address");
      server.close(() => resolve(address.port));
    });
  });
}
