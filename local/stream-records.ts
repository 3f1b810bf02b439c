/** Records of DynamoDB Local's stream, as Lambda gives those of DynamoDB's to a function. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { _Record } from "@aws-sdk/client-dynamodb-streams";
import { region } from "./template.ts";

type WireValue = Readonly<Record<string, unknown>>;
type WireImage = Readonly<Record<string, WireValue>>;

export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: "INSERT" | "MODIFY" | "REMOVE";
  readonly eventVersion: "1.1";
  readonly eventSource: "aws:dynamodb";
  readonly awsRegion: string;
  readonly eventSourceARN: string;
  /** Only on a deletion by the table's time to live. */
  readonly userIdentity?: { readonly type: string; readonly principalId: string };
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly Keys: WireImage;
    readonly NewImage?: WireImage;
    readonly OldImage?: WireImage;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: string;
  };
}

/** Binary values are base64 in an event; all other values are as in the API. */
function wireValue(value: AttributeValue): WireValue {
  if (value.B !== undefined) {
    return { B: Buffer.from(value.B).toString("base64") };
  }
  if (value.BS !== undefined) {
    return { BS: value.BS.map((bytes) => Buffer.from(bytes).toString("base64")) };
  }
  if (value.L !== undefined) {
    return { L: value.L.map(wireValue) };
  }
  if (value.M !== undefined) {
    return { M: wireImage(value.M) };
  }
  return value as unknown as WireValue;
}

function wireImage(image: Readonly<Record<string, AttributeValue>>): WireImage {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, wireValue(value)]));
}

/**
 * DynamoDB Local gives a deletion by the time to live an event name of its own, `UNKNOWN_TO_SDK_VERSION`, and no
 * identity; this makes of it what DynamoDB sends. Throws on a record without keys or number.
 */
export function lambdaRecord(record: _Record, streamArn: string): StreamRecord {
  const { Keys, NewImage, OldImage, SequenceNumber, SizeBytes, StreamViewType, ApproximateCreationDateTime } =
    record.dynamodb ?? {};
  if (Keys === undefined || SequenceNumber === undefined) {
    throw new Error("A record of the stream has no keys or no sequence number.");
  }
  const name = String(record.eventName);
  const isExpiry = name === "UNKNOWN_TO_SDK_VERSION" || record.userIdentity?.Type === "Service";
  return {
    eventID: record.eventID ?? SequenceNumber,
    eventName: isExpiry ? "REMOVE" : (name as StreamRecord["eventName"]),
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: region,
    eventSourceARN: streamArn,
    ...(isExpiry ? { userIdentity: { type: "Service", principalId: "dynamodb.amazonaws.com" } } : {}),
    dynamodb: {
      ApproximateCreationDateTime: Math.floor((ApproximateCreationDateTime ?? new Date()).getTime() / 1000),
      Keys: wireImage(Keys),
      ...(NewImage === undefined ? {} : { NewImage: wireImage(NewImage) }),
      ...(OldImage === undefined ? {} : { OldImage: wireImage(OldImage) }),
      SequenceNumber,
      SizeBytes: SizeBytes ?? 0,
      StreamViewType: StreamViewType ?? "NEW_AND_OLD_IMAGES",
    },
  };
}

/** The text of a record's keys: records of one item always give the same. */
export function keyOf(record: StreamRecord): string {
  return JSON.stringify(Object.entries(record.dynamodb.Keys).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
