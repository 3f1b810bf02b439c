import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { digestOf } from "../digest.ts";
import type { Caller } from "./call.ts";

/** A level keeps the actor of its latest change and must stay under 1 KB. */
const mostActorBytes = 64;

/** What the gateway's authorizer adds to the event of a route that needs a token. */
interface AuthorizedContext {
  readonly authorizer?: { readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> } };
}

function claim(claims: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = claims[name];
  return typeof value === "string" && value !== "" ? value : null;
}

/** A subject as the audit trail keeps it: one that is too long keeps its beginning and gets a digest of the whole. */
export function actorOf(subject: string): string {
  if (Buffer.byteLength(subject, "utf8") <= mostActorBytes) {
    return subject;
  }
  const suffix = `~${digestOf(subject)}`;
  let beginning = "";
  for (const character of subject) {
    if (Buffer.byteLength(beginning + character, "utf8") > mostActorBytes - suffix.length) {
      break;
    }
    beginning += character;
  }
  return beginning + suffix;
}

/**
 * Who calls, from the claims that the gateway has checked: the token's subject, or its client where the issuer
 * gives client tokens no subject. Throws when a route that needs a token was called without one, because then
 * the gateway did not do its part.
 */
export function callerOf(
  event: Pick<APIGatewayProxyEventV2, "requestContext" | "routeKey">,
  needsToken: boolean,
): Caller {
  const claims = (event.requestContext as AuthorizedContext).authorizer?.jwt?.claims ?? {};
  const subject = claim(claims, "sub") ?? claim(claims, "client_id");
  if (subject === null && needsToken) {
    throw new Error(`The gateway let ${event.routeKey} through without a token's subject.`);
  }
  return { subject, actor: subject === null ? "anonymous" : actorOf(subject) };
}
