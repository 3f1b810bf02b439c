/** Every place of a stack where dead letters are kept. */
import { publishChanges } from "../../functions/changes/publish-changes.ts";
import { queueNames } from "../../functions/contract/queues.ts";
import type { Log } from "../../functions/log.ts";
import { sendAll } from "../../functions/messaging/queue.ts";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { s3At, sqsAt } from "../clients.ts";
import type { Stack } from "../stack.ts";
import type { Place, PlaceName } from "./dead-letter.ts";
import { DeadLetterQueue } from "./dead-letter-queue.ts";
import { UndeliveredRecords } from "./undelivered-records.ts";

export const placeNames: readonly PlaceName[] = [...queueNames, "stream"];

export interface Places {
  readonly all: readonly Place[];
  close(): void;
}

/** Opens the places of these names. */
export async function openPlaces(stack: Stack, names: readonly PlaceName[]): Promise<Places> {
  const sqs = sqsAt(stack.endpoints.messaging);
  const s3 = s3At(stack.endpoints.messaging);
  const open = async (name: PlaceName): Promise<Place> => {
    if (name !== "stream") {
      return await DeadLetterQueue.of(sqs, name, stack.queueUrls[name]);
    }
    return new UndeliveredRecords(s3, stack.undeliveredBucket, async (records) => {
      const log = new Complaint();
      const forward = publishChanges({
        queues: stack.queueUrls,
        send: async (url, messages) => await sendAll(sqs, url, messages),
        runtime: systemRuntime,
        telemetry: { log, flush: () => undefined },
      });
      const { batchItemFailures } = await forward({ Records: [...records] });
      if (batchItemFailures.length > 0) {
        throw new Error(`The records could not be forwarded: ${log.text}`);
      }
    });
  };
  return {
    all: await Promise.all(names.map(open)),
    close: () => {
      sqs.destroy();
      s3.destroy();
    },
  };
}

/** Keeps what the reader of the stream complains of. */
class Complaint implements Log {
  text = "";
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(_message: string, { failure }: Parameters<Log["error"]>[1]): void {
    const { name, message } = failure as { readonly name?: string; readonly message?: string };
    this.text = `${name ?? "Error"}: ${message ?? ""}`;
  }
}
