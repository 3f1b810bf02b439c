/** How a function tells of itself: its log, its metrics, and what its commands observe. */
import { Logger, LogLevel } from "@aws-lambda-powertools/logger";
import { environment, requireVariable } from "./contract/environment.ts";
import type { ServiceName } from "./contract/metrics.ts";
import type { Observe } from "./domain/observation.ts";
import type { Log } from "./log.ts";
import { logContext } from "./log-context.ts";
import { EmbeddedMetrics, type Metrics } from "./metrics.ts";
import { observer } from "./observer.ts";

export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly observe: Observe;
  /** At the end of each invocation: writes what was counted. */
  flush(): void;
}

/** Of one function. The level of its log is what Lambda's own setting says: see `npm run inventory -- log-level`. */
export function telemetryOf(name: ServiceName): Telemetry {
  const log = logOf(name);
  // Written as it is: console.log would make a text of it, inside a line of Lambda's own.
  const metrics = new EmbeddedMetrics(requireVariable(environment.deployment), (line) => {
    process.stdout.write(`${line}\n`);
  });
  // Nobody waits for environments that are kept started.
  let isCold = process.env["AWS_LAMBDA_INITIALIZATION_TYPE"] !== "provisioned-concurrency";
  const flush = (): void => {
    if (isCold) {
      isCold = false;
      metrics.add("coldStarts", 1, name);
    }
    metrics.flush();
  };
  return { log, metrics, observe: observer({ log, metrics }), flush };
}

function logOf(serviceName: ServiceName): Log {
  const logger = new Logger({ serviceName });
  const isDebugged = logger.getLevelName() === LogLevel.DEBUG || logger.getLevelName() === LogLevel.TRACE;
  return {
    debug: (message, fields) => {
      if (isDebugged) {
        logger.debug(message, { ...logContext(), ...fields() });
      }
    },
    info: (message, fields) => logger.info(message, { ...logContext(), ...fields }),
    warn: (message, fields) => logger.warn(message, { ...logContext(), ...fields }),
    error: (message, fields) => logger.error(message, { ...logContext(), ...fields }),
  };
}
