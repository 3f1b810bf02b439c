/** The API speaks JSON alone; whoever adds an export reads in docs/threat-model.md what a spreadsheet makes of its fields. */
import { expect, it } from "vitest";
import openApi from "../../docs/openapi.json" with { type: "json" };

function mediaTypesIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "content" ? Object.keys(inner as object) : mediaTypesIn(inner),
  );
}

it("all that comes in and goes out is JSON", () => {
  const types = mediaTypesIn({ paths: openApi.paths, components: openApi.components });
  expect(types.length).toBeGreaterThan(50);
  expect(new Set(types)).toEqual(new Set(["application/json", "application/problem+json"]));
});
