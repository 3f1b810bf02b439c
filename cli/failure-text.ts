/** What is said of a command that failed: a line for what an operator can mend, all of it for a defect of the command. */
import { inspect } from "node:util";

/** Errors that the code is to blame for; whoever reports one needs to know where it came from. */
const defects = [TypeError, ReferenceError, RangeError, SyntaxError];

export function failureText(error: unknown): string {
  if (!(error instanceof Error) || defects.some((defect) => error instanceof defect)) {
    return inspect(error);
  }
  const { name, message, code } = error as Error & { readonly code?: unknown };
  // Where several addresses were tried in vain, the error has no text of its own.
  const what = message === "" ? String(code ?? "failed") : message;
  const isOfEnvironment = what === "Region is missing" || /^(?:CredentialsProvider|TokenProvider)Error$/.test(name);
  return [
    name === "Error" ? what : `${name}: ${what}`,
    ...(isOfEnvironment
      ? [
          "A stack in an account is reached with the Region and the credentials of the environment: AWS_REGION, AWS_PROFILE.",
        ]
      : []),
  ].join("\n");
}
