/** Clients of AWS itself, with the credentials of the environment, or of the emulators on this machine. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { localCredentials } from "../local/credentials.ts";
import { region } from "../local/template.ts";

/** An emulator's address, null for AWS. */
export type Endpoint = string | null;

function settingsFor(endpoint: Endpoint) {
  return endpoint === null ? {} : { endpoint, region, credentials: localCredentials };
}

export function dynamoDbAt(endpoint: Endpoint): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(settingsFor(endpoint)), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

export function sqsAt(endpoint: Endpoint): SQSClient {
  return new SQSClient(settingsFor(endpoint));
}

export function s3At(endpoint: Endpoint): S3Client {
  return new S3Client({ ...settingsFor(endpoint), ...(endpoint === null ? {} : { forcePathStyle: true }) });
}
