import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { Caching } from "./call.ts";
import { problemHeaders } from "./problem.ts";
import type { ProblemBody } from "./schemas/problems.ts";

/** What is common to the answers of all operations. */
export interface RenderableAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly revision?: number;
  readonly location?: string;
  readonly caching?: Caching;
  readonly replayed?: boolean;
}

function cacheHeaders(caching: Caching | undefined): Record<string, string> {
  if (caching === undefined) {
    return { "cache-control": "no-store" };
  }
  const { maxAgeSeconds, entityTag } = caching;
  return {
    "cache-control": `max-age=${maxAgeSeconds}`,
    ...(entityTag === null ? {} : { etag: `"${entityTag}"` }),
  };
}

/** True when the caller has this representation already (RFC 9110, 13.1.2: a weak comparison). */
function isKnown(caching: Caching | undefined, ifNoneMatch: string | undefined): boolean {
  const entityTag = caching?.entityTag ?? null;
  if (entityTag === null || ifNoneMatch === undefined) {
    return false;
  }
  const tags = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(`"${entityTag}"`);
}

export function answerResponse(
  { status, body, revision, location, caching, replayed }: RenderableAnswer,
  ifNoneMatch?: string,
): APIGatewayProxyStructuredResultV2 {
  const headers: Record<string, string> = {
    ...cacheHeaders(caching),
    ...(revision === undefined ? {} : { etag: `"${revision}"` }),
    ...(location === undefined ? {} : { location }),
    ...(replayed ? { "idempotent-replayed": "true" } : {}),
  };
  return isKnown(caching, ifNoneMatch)
    ? { statusCode: 304, headers }
    : {
        statusCode: status,
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      };
}

export function problemResponse(problem: ProblemBody): APIGatewayProxyStructuredResultV2 {
  return { statusCode: problem.status, headers: problemHeaders(problem), body: JSON.stringify(problem) };
}
