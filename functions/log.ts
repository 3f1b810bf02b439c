/** What a log takes: one line of JSON each. Never a token, a customer, or anything of a body. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  /** Nothing unless the log level was set to `DEBUG`; only then are the fields made. */
  debug(message: string, fields: () => LogFields): void;
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
}

const deepestCause = 5;

/**
 * An error and its causes as plain fields. Only name, message and stack are taken: the attributes of an SDK
 * error can hold whole items.
 */
export function errorFields(error: unknown, depth = 0): LogFields {
  if (!(error instanceof Error)) {
    return { message: String(error) };
  }
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    ...(cause === undefined || depth >= deepestCause ? {} : { cause: errorFields(cause, depth + 1) }),
  };
}
