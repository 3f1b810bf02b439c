/** The ways of writing stock that the simulator can play: the service's own, and others that must be caught. */
import type { AuditMessage } from "../../functions/messaging/messages.ts";
import { type Execute, executeCommand } from "./commands.ts";

export interface Design {
  readonly execute: Execute;
  /** Whether the request that made a change has written of it in the audit trail, so that the stream does not. */
  logs(message: AuditMessage): boolean;
}

/** The service as it is: the stream is the log of all that happens. */
export const service: Design = { execute: executeCommand, logs: () => false };
