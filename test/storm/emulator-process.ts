/**
 * The emulator of SQS, SNS and S3 as a process of its own that can be killed: what it was told is in a file before it
 * answers, as messages are with SQS. Its arguments are its port and the directory for the file.
 */
import { type ListenOptions, Server } from "node:net";
import { startFauxqs } from "fauxqs";
import { region } from "../../local/template.ts";

const [port, dataDir] = process.argv.slice(2);
if (port === undefined || dataDir === undefined) {
  throw new Error("It needs a port and a directory.");
}

// With a file it listens on all addresses, and takes no other; it has no business beyond this machine.
const listen = Server.prototype.listen as (this: Server, options: ListenOptions, ...rest: unknown[]) => Server;
Server.prototype.listen = function listenHere(this: Server, options: ListenOptions, ...rest: unknown[]): Server {
  return listen.call(this, { ...options, host: "127.0.0.1" }, ...rest);
} as typeof Server.prototype.listen;

await startFauxqs({ port: Number(port), dataDir, logger: false, defaultRegion: region });
