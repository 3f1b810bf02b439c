/** The audit trail has one writer: in the sources as in the roles (`test/lib/permissions.test.ts`). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const functions = join(import.meta.dirname, "..", "..", "functions");
const sources = new Map(
  readdirSync(functions, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => [name, readFileSync(join(functions, name), "utf8")]),
);

function filesWith(pattern: RegExp): readonly string[] {
  return [...sources].flatMap(([name, text]) => (pattern.test(text) ? [name] : [])).sort();
}

describe("a movement", () => {
  const trail = sources.get("storage/movements.ts") ?? "";

  it("is put in one place, which is called from one place", () => {
    expect(filesWith(/\bputMovement\b/)).toEqual(["audit/write-audit.ts", "storage/movements.ts"]);
    expect(filesWith(/\bwriteAudit\b/)).toEqual(["audit/write-audit.handler.ts", "audit/write-audit.ts"]);
  });

  it("is put if there is none, by the only write that its module has", () => {
    const commands = [...trail.matchAll(/new (\w+Command)\(/g)].map(([, name]) => name);
    expect(new Set(commands)).toEqual(new Set(["PutCommand", "GetCommand", "QueryCommand"]));
    expect(commands.filter((name) => name === "PutCommand")).toHaveLength(1);
    expect(trail).toMatch(/new PutCommand\(\{[^}]*ConditionExpression: "attribute_not_exists\(pk\)",\s*\}\)/);
  });

  it("is in a table that only its own module writes or reads: others name it and hand it on", () => {
    const handedOn = [...sources].flatMap(([name, text]) =>
      [...text.matchAll(/(\w+)\([^()]*\btables\.movements\b/g)].map(([, called]) => `${called} in ${name}`),
    );
    const exported = [...trail.matchAll(/^export async function\*? (\w+)/gm)].map(([, name = ""]) => name);
    expect(exported).toContain("putMovement");
    expect(handedOn.length).toBeGreaterThan(5);
    expect(handedOn.filter((call) => !exported.includes(call.split(" ")[0] ?? ""))).toEqual([]);
    const mentions = [...sources.values()].flatMap((text) => [...text.matchAll(/\btables\.movements\b/g)]);
    expect(mentions).toHaveLength(handedOn.length);
  });

  it("is never written by a command that cannot be told to put if absent", () => {
    expect(
      filesWith(/\b(BatchWrite(Item)?Command|(Batch)?ExecuteStatementCommand|ExecuteTransactionCommand)\b/),
    ).toEqual([]);
  });
});
