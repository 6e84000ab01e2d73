import { format } from "node:util";
import type { Stray } from "./commandIo.ts";

const printers = ["debug", "log", "info", "warn", "error"] as const;
/** Libraries that print by themselves what belongs into the log. */
const ownPrinters = /[\\/]node_modules[\\/](?:ioredis|bullmq)[\\/]/;

/**
 * Hears of what would end or litter a service of this process: rejections and exceptions that nobody handles, Node's warnings
 * (unless Node was told to give none), and what ioredis and BullMQ print. What others print goes where it goes.
 *
 * @returns puts everything back
 */
export function listenToStrays(listener: (stray: Stray) => void): () => void {
  const rejected = (error: unknown) => listener({ kind: "rejection", error });
  const thrown = (error: unknown) => listener({ kind: "exception", error });
  const warned = (error: unknown) => listener({ kind: "warning", error });
  // Node's own listener prints; there is none under --no-warnings.
  const printing = process.listeners("warning");
  process.on("unhandledRejection", rejected);
  process.on("uncaughtException", thrown);
  process.removeAllListeners("warning");
  if (printing.length > 0) process.on("warning", warned);
  const restore = printers.map((name) => {
    const print = console[name];
    console[name] = (...args: unknown[]) => {
      const caller = new Error().stack?.split("\n")[2] ?? "";
      if (ownPrinters.test(caller)) listener({ kind: "printed", text: format(...args) });
      else Reflect.apply(print, console, args);
    };
    return () => {
      console[name] = print;
    };
  });
  return () => {
    process.off("unhandledRejection", rejected);
    process.off("uncaughtException", thrown);
    process.off("warning", warned);
    for (const each of printing) process.on("warning", each);
    for (const each of restore) each();
  };
}
