/** What is said of a letter that nobody can make sense of. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { describe, expect, it } from "vitest";
import { explain } from "../../cli/dlq/explain.ts";
import { placeNames } from "../../cli/dlq/places.ts";

const client = {
  send: async () => {
    throw new Error("There is no such table.");
  },
} as unknown as DynamoDBDocumentClient;
const reading = { client, tables: { inventory: "I", movements: "M", views: "V" }, nowMs: 0 };

describe("a letter that is none of its place", () => {
  it.each(
    placeNames.flatMap((place) =>
      ["no JSON", "{}", '{"kind":"of-a-newer-version"}'].map((body) => [place, body] as const),
    ),
  )("is explained, so that the others are shown as well: %s, %s", async (place, body) => {
    const explanation = await explain(reading, place, { id: "m-1", sentAtMs: 0, tries: 5, body });
    expect(Object.values(explanation).map((text) => typeof text)).toEqual(["string", "string", "string"]);
  });

  it("of the views is named by its kind", async () => {
    const body = '{"kind":"of-a-newer-version"}';
    expect(await explain(reading, "views", { id: "m-1", sentAtMs: 0, tries: 5, body })).toEqual({
      asks: "this is no message that views understands: TypeError: There is no message of the kind of-a-newer-version.",
      now: "there is nothing to look for",
      sendingBack: "fails again",
    });
  });
});
