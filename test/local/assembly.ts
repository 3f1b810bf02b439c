/** Small cloud assemblies, written by hand, for the runner to host. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Resource } from "../../local/template.ts";

export interface Assembly {
  readonly directory: string;
  remove(): void;
}

/** Writes a template and bundles; `functions` are sources of CommonJS modules by their logical ids. */
export function writeAssembly(
  resources: Readonly<Record<string, Resource>>,
  functions: Readonly<Record<string, { readonly source: string; readonly properties?: Record<string, unknown> }>> = {},
): Assembly {
  const directory = mkdtempSync(join(tmpdir(), "assembly-"));
  const all: Record<string, Resource> = { ...resources };
  for (const [logicalId, { source, properties = {} }] of Object.entries(functions)) {
    const asset = `asset.${logicalId}`;
    mkdirSync(join(directory, asset));
    writeFileSync(join(directory, asset, "index.js"), source);
    all[logicalId] = {
      Type: "AWS::Lambda::Function",
      Properties: { Code: {}, Handler: "index.handler", Runtime: "nodejs24.x", Timeout: 5, ...properties },
      Metadata: { "aws:asset:path": asset, "aws:cdk:path": `Test/${logicalId}/Resource` },
    };
  }
  writeFileSync(join(directory, "Test.template.json"), JSON.stringify({ Resources: all }));
  const stack = { type: "aws:cloudformation:stack", properties: { templateFile: "Test.template.json" } };
  const tree = { type: "cdk:tree", properties: { file: "tree.json" } };
  writeFileSync(join(directory, "manifest.json"), JSON.stringify({ artifacts: { Test: stack, Tree: tree } }));
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export const streamedTable: Resource = {
  Type: "AWS::DynamoDB::Table",
  Properties: {
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    BillingMode: "PAY_PER_REQUEST",
    StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
    TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
  },
};

export function mappingOf(source: unknown, functionId: string, properties: Record<string, unknown>): Resource {
  return {
    Type: "AWS::Lambda::EventSourceMapping",
    Properties: { EventSourceArn: source, FunctionName: { Ref: functionId }, ...properties },
  };
}

/** The routes of an API with one JWT authorizer, all answered by the function `Answer`. */
export function httpApi(
  routes: readonly { readonly key: string; readonly scopes?: readonly string[] }[],
  properties: Readonly<Record<string, unknown>> = {},
) {
  return {
    Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { ProtocolType: "HTTP", ...properties } },
    Authorizer: {
      Type: "AWS::ApiGatewayV2::Authorizer",
      Properties: {
        ApiId: { Ref: "Api" },
        AuthorizerType: "JWT",
        IdentitySource: ["$request.header.Authorization"],
        JwtConfiguration: { Issuer: "https://issuer.example", Audience: ["shop"] },
      },
    },
    Integration: {
      Type: "AWS::ApiGatewayV2::Integration",
      Properties: {
        ApiId: { Ref: "Api" },
        IntegrationType: "AWS_PROXY",
        IntegrationUri: { "Fn::GetAtt": ["Answer", "Arn"] },
        PayloadFormatVersion: "2.0",
      },
    },
    ...Object.fromEntries(
      routes.map(({ key, scopes }, index) => [
        `Route${index}`,
        {
          Type: "AWS::ApiGatewayV2::Route",
          Properties: {
            ApiId: { Ref: "Api" },
            RouteKey: key,
            Target: { "Fn::Join": ["", ["integrations/", { Ref: "Integration" }]] },
            ...(scopes === undefined
              ? { AuthorizationType: "NONE" }
              : { AuthorizationType: "JWT", AuthorizerId: { Ref: "Authorizer" }, AuthorizationScopes: scopes }),
          },
        },
      ]),
    ),
  };
}
