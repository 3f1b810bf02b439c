import { Logger } from "@aws-lambda-powertools/logger";
import { systemRuntime } from "../system-runtime.ts";
import { documentsHandler } from "./documents.ts";

export const handler = documentsHandler({ runtime: systemRuntime, log: new Logger({ serviceName: "documents" }) });
