/** What `npm start` says when everything runs. */
import { relative } from "node:path";
import { demoItems, demoLocations } from "./demo-catalogue.ts";
import { tokenPath } from "./http-api.ts";
import type { LocalStack } from "./stack.ts";
import { localClient } from "./tokens.ts";

/** The addresses, and a session to copy: a token, what is available, a reservation. */
export function welcome(
  { url, dynamoDbUrl, sqsUrl }: LocalStack,
  { isEmpty, logFile }: { readonly isEmpty: boolean; readonly logFile: string },
): string {
  const [{ sku }] = demoItems as [(typeof demoItems)[number]];
  const [{ locationId }] = demoLocations;
  const call = (path: string, body?: unknown): string =>
    [
      `curl -s ${url}${path} -H "authorization: Bearer $TOKEN"`,
      ...(body === undefined ? [] : [`-H 'content-type: application/json'`, `-d '${JSON.stringify(body)}'`]),
    ].join(" \\\n       ");
  const session = isEmpty
    ? [call("/v1/locations")]
    : [
        call(`/v1/availability?sku=${sku}`),
        call("/v1/reservations", { lines: [{ sku, locationId, quantity: 2 }] }),
        call(`/v1/levels/${sku}/${locationId}`),
      ];
  return `
The inventory service is running.

  API              ${url}/v1
  API description  ${url}/v1/openapi.json
  DynamoDB         ${dynamoDbUrl}
  SQS, SNS, S3     ${sqsUrl}
  functions' log   ${relative(process.cwd(), logFile)}

Try it in another terminal:

  TOKEN=$(curl -s ${url}${tokenPath} -d grant_type=client_credentials \\
       -d client_id=${localClient.id} -d client_secret=${localClient.secret} \\
       | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')

${session.map((line) => `  ${line}`).join("\n\n")}

Ctrl-C ends it. Nothing is kept.
`;
}
