import { systemRuntime } from "../system-runtime.ts";
import { telemetryOf } from "../telemetry.ts";
import { documentsHandler } from "./documents.ts";

export const handler = documentsHandler({ runtime: systemRuntime, telemetry: telemetryOf("documents") });
