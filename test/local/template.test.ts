import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { matchesPattern } from "../../local/filter-pattern.ts";
import { type HostedTemplate, hostTemplate } from "../../local/hosting.ts";
import { Resolver, type Resource, readTemplate } from "../../local/template.ts";
import { type Assembly, streamedTable, writeAssembly } from "./assembly.ts";

describe("a template", () => {
  let assembly: Assembly;
  afterEach(() => assembly.remove());

  const host = async (resources: Record<string, Resource>): Promise<HostedTemplate> => {
    assembly = writeAssembly(resources);
    return await hostTemplate({ port: 0, assemblyDirectory: assembly.directory });
  };

  it("is the one that the assembly's manifest names, whatever else lies beside it", () => {
    assembly = writeAssembly({ Queue: { Type: "AWS::SQS::Queue" } });
    writeFileSync(join(assembly.directory, "Former.template.json"), JSON.stringify({ Resources: {} }));
    expect(readTemplate(assembly.directory).Resources).toHaveProperty("Queue");
  });

  it("of several that an assembly has is not guessed", () => {
    assembly = writeAssembly({});
    const stack = { type: "aws:cloudformation:stack", properties: { templateFile: "Test.template.json" } };
    const manifest = { artifacts: { One: stack, Other: stack } };
    writeFileSync(join(assembly.directory, "manifest.json"), JSON.stringify(manifest));
    expect(() => readTemplate(assembly.directory)).toThrow(/has One, Other/);
  });

  it("with a resource of an unknown type is refused by its name and type", async () => {
    await expect(host({ Odd: { Type: "AWS::Kinesis::Stream" } })).rejects.toThrow(
      /does not host Odd \(AWS::Kinesis::Stream\)/,
    );
  });

  it("with a property that is not hosted is refused by its name", async () => {
    const { Type, Properties } = streamedTable;
    await expect(
      host({ Table: { Type, Properties: { ...Properties, KinesisStreamSpecification: {} } } }),
    ).rejects.toThrow(/Table .* KinesisStreamSpecification/);
  });

  it("with an intrinsic function that is not supported is refused by its name", async () => {
    await expect(
      host({ Queue: { Type: "AWS::SQS::Queue", Properties: { DelaySeconds: { "Fn::ImportValue": "x" } } } }),
    ).rejects.toThrow(/Fn::ImportValue/);
  });

  it("with a setting that no function has cannot have it replaced", async () => {
    assembly = writeAssembly({}, { Answer: { source: "" } });
    await expect(
      hostTemplate({ port: 0, assemblyDirectory: assembly.directory, environmentOverrides: { TYPO: "1" } }),
    ).rejects.toThrow(/TYPO/);
  });
});

describe("an intrinsic function", () => {
  const resolver = new Resolver(
    { Resources: {}, Parameters: { Version: { Default: "7" } } },
    new Map([["Queue", { ref: "http://queue", attributes: { Arn: "arn:queue", "Nested.Name": "deep" } }]]),
  );

  it.each([
    [{ Ref: "Queue" }, "http://queue"],
    [{ Ref: "Version" }, "7"],
    [{ "Fn::GetAtt": ["Queue", "Arn"] }, "arn:queue"],
    [{ "Fn::GetAtt": "Queue.Nested.Name" }, "deep"],
    [{ "Fn::Join": ["-", ["a", { Ref: "Queue" }, { Ref: "AWS::Partition" }]] }, "a-http://queue-aws"],
    [
      { "Fn::Sub": `\${Queue.Arn}/\${Queue}/\${!Kept}/\${AWS::AccountId}` },
      `arn:queue/http://queue/\${Kept}/000000000000`,
    ],
    [{ "Fn::Sub": [`\${Name}`, { Name: { Ref: "Queue" } }] }, "http://queue"],
    [{ "Fn::Select": ["1", { "Fn::Split": [":", { "Fn::GetAtt": ["Queue", "Arn"] }] }] }, "queue"],
    [{ deep: [{ Ref: "Queue" }] }, { deep: ["http://queue"] }],
  ])("%j stands for %j", (value, expected) => {
    expect(resolver.resolve(value)).toEqual(expected);
  });

  it.each([[{ Ref: "Nobody" }], [{ "Fn::GetAtt": ["Queue", "Colour"] }], [{ "Fn::Base64": "x" }]])(
    "%j is an error",
    (value) => {
      expect(() => resolver.resolve(value)).toThrow();
    },
  );
});

describe("a filter pattern", () => {
  const record = { eventName: "INSERT", dynamodb: { Keys: { pk: { S: "SKU#1" } }, OldImage: { n: { N: "1" } } } };

  it.each([
    [{ eventName: ["INSERT", "MODIFY"] }, true],
    [{ eventName: ["REMOVE"] }, false],
    [{ dynamodb: { Keys: { pk: { S: [{ prefix: "X#" }, { prefix: "SKU#" }] } } } }, true],
    [{ dynamodb: { Keys: { pk: { S: [{ prefix: "X#" }] } } }, eventName: ["INSERT"] }, false],
    [{ dynamodb: { Keys: { pk: { S: [{ suffix: "#1" }] } } } }, true],
    [{ dynamodb: { NewImage: { n: { N: [{ exists: false }] } } } }, true],
    [{ dynamodb: { OldImage: { n: { N: [{ exists: true }] } } } }, true],
    [{ eventName: [{ "anything-but": ["INSERT"] }] }, false],
    [{ eventName: [{ "equals-ignore-case": "insert" }] }, true],
  ])("%j gives %s", (pattern, expected) => {
    expect(matchesPattern(pattern, record)).toBe(expected);
  });

  it("with a condition that is not supported is an error", () => {
    expect(() => matchesPattern({ eventName: [{ cidr: "10.0.0.0/8" }] }, record)).toThrow(/cidr/);
  });
});
