/** CloudFront and WAF in front of the API, as `examples/front-door` has them. */
import { rmSync } from "node:fs";
import { App, Validations } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { describe, expect, it } from "vitest";
import { frontDoor } from "../../examples/front-door/front-door.ts";
import { contextOfTheApp } from "../lib/synthesised.ts";

/** Throws on a finding of the rule packs that is not acknowledged. */
function synthesise() {
  const app = new App({ analyticsReporting: false, context: { ...contextOfTheApp, "aws:cdk:bundling-stacks": [] } });
  try {
    const stacks = frontDoor(app);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
    return { ...stacks, ofApi: Template.fromStack(stacks.api), ofDoor: Template.fromStack(stacks.door) };
  } finally {
    rmSync(app.outdir, { recursive: true, force: true });
  }
}

const { api, door, ofApi, ofDoor } = synthesise();

/** The logical id and the properties of the only resource of a type. */
function only(template: Template, type: string) {
  const [found, ...others] = Object.entries(template.findResources(type));
  expect(others).toEqual([]);
  const [id = "", resource] = found ?? [];
  return { id, properties: resource?.["Properties"] };
}

const { DistributionConfig: distribution } = only(ofDoor, "AWS::CloudFront::Distribution").properties;
const [available, ...otherBehaviors] = distribution.CacheBehaviors;
const behaviors = [distribution.DefaultCacheBehavior, available];

describe("the front door", () => {
  it("is in us-east-1 with its web ACL, and needs nothing of the API's Region but a name", () => {
    expect([door.region, api.region]).toEqual(["us-east-1", "eu-central-1"]);
    expect([...door.dependencies, ...api.dependencies]).toEqual([]);
    const acl = only(ofDoor, "AWS::WAFv2::WebACL");
    expect(acl.properties.Scope).toBe("CLOUDFRONT");
    expect(distribution.WebACLId).toEqual({ "Fn::GetAtt": [acl.id, "Arn"] });
  });

  it("is the only one who can call the API: the origin asks for its certificate, and there is no other address", () => {
    const origin = only(ofApi, "AWS::ApiGatewayV2::DomainName");
    expect(origin.properties).toMatchObject({
      DomainName: "inventory-origin.example.com",
      DomainNameConfigurations: [{ SecurityPolicy: "TLS_1_2" }],
      MutualTlsAuthentication: { TruststoreUri: "s3://shop-truststore/cloudfront.pem", TruststoreVersion: "1" },
    });
    const http = only(ofApi, "AWS::ApiGatewayV2::Api");
    expect(http.properties.DisableExecuteApiEndpoint).toBe(true);
    ofApi.hasResource("AWS::ApiGatewayV2::ApiMapping", {
      Properties: { ApiId: { Ref: http.id }, DomainName: { Ref: origin.id }, Stage: "$default" },
      DependsOn: [only(ofApi, "AWS::ApiGatewayV2::Stage").id],
    });
    expect(distribution.Origins).toMatchObject([
      {
        DomainName: "inventory-origin.example.com",
        CustomOriginConfig: {
          OriginProtocolPolicy: "https-only",
          OriginSSLProtocols: ["TLSv1.2"],
          OriginMtlsConfig: { ClientCertificateArn: expect.stringMatching(/^arn:aws:acm:us-east-1:/) },
        },
      },
    ]);
  });

  it("speaks TLS 1.2 or newer under its own name, and never redirects a token that came in plain text", () => {
    expect(distribution.Aliases).toEqual(["inventory.example.com"]);
    expect(distribution.ViewerCertificate).toMatchObject({ MinimumProtocolVersion: "TLSv1.2_2021" });
    expect(behaviors.map(({ ViewerProtocolPolicy }) => ViewerProtocolPolicy)).toEqual(["https-only", "https-only"]);
  });

  it("hands on all that callers send, with every method, and keeps no answer", () => {
    // The ids of policies that AWS manages: AllViewerExceptHostHeader and CachingDisabled.
    expect(behaviors.map(({ OriginRequestPolicyId }) => OriginRequestPolicyId)).toEqual([
      "b689b0a8-53d0-40ab-baf2-68738e2966ac",
      "b689b0a8-53d0-40ab-baf2-68738e2966ac",
    ]);
    expect(distribution.DefaultCacheBehavior.CachePolicyId).toBe("4135ea2d-6df8-44a3-9df3-4b5a84be39ad");
    expect(distribution.DefaultCacheBehavior.AllowedMethods).toEqual(
      expect.arrayContaining(["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]),
    );
  });

  it("keeps availability for a second, for whoever has the same token", () => {
    expect(otherBehaviors).toEqual([]);
    const policy = only(ofDoor, "AWS::CloudFront::CachePolicy");
    expect(available).toMatchObject({ PathPattern: "/v1/availability", CachePolicyId: { Ref: policy.id } });
    expect(available.AllowedMethods).toEqual(["GET", "HEAD", "OPTIONS"]);
    expect(policy.properties.CachePolicyConfig).toMatchObject({
      MinTTL: 0,
      DefaultTTL: 0,
      MaxTTL: 1,
      ParametersInCacheKeyAndForwardedToOrigin: {
        HeadersConfig: { HeaderBehavior: "whitelist", Headers: ["authorization", "origin"] },
        QueryStringsConfig: { QueryStringBehavior: "all" },
      },
    });
  });

  it("keeps no error, which would be there still when all is well again", () => {
    const kept = distribution.CustomErrorResponses.filter(
      (each: { readonly ErrorCachingMinTTL: number }) => each.ErrorCachingMinTTL !== 0,
    );
    expect(kept).toEqual([]);
    expect(distribution.CustomErrorResponses.map((each: { readonly ErrorCode: number }) => each.ErrorCode)).toEqual([
      404, 414, 500, 501, 502, 503, 504,
    ]);
  });

  it("gives every answer the headers that the service gives its own", () => {
    const headers = only(ofDoor, "AWS::CloudFront::ResponseHeadersPolicy");
    for (const { ResponseHeadersPolicyId } of behaviors) {
      expect(ResponseHeadersPolicyId).toEqual({ Ref: headers.id });
    }
    expect(headers.properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig).toEqual({
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: "DENY", Override: true },
      ReferrerPolicy: { ReferrerPolicy: "no-referrer", Override: true },
      StrictTransportSecurity: { AccessControlMaxAgeSec: 15_552_000, Override: true },
    });
  });
});

describe("the web ACL", () => {
  const { Rules: rules, DefaultAction, VisibilityConfig } = only(ofDoor, "AWS::WAFv2::WebACL").properties;
  const flood = rules.at(-1);

  it("asks the groups of AWS first, and lets pass what nobody objects to", () => {
    expect(rules.map(({ Name, Priority }: Record<string, unknown>) => [Priority, Name])).toEqual([
      [0, "AWSManagedRulesAmazonIpReputationList"],
      [1, "AWSManagedRulesKnownBadInputsRuleSet"],
      [2, "AWSManagedRulesCommonRuleSet"],
      [3, "Flood"],
    ]);
    expect(DefaultAction).toEqual({ Allow: {} });
  });

  it("takes bodies as large as carts are", () => {
    expect(rules[2].Statement.ManagedRuleGroupStatement.RuleActionOverrides).toEqual([
      { Name: "SizeRestrictions_BODY", ActionToUse: { Count: {} } },
    ]);
  });

  it("answers a flood from one address as the gateway would, and does not count the shop's own servers", () => {
    const { AggregateKeyType, EvaluationWindowSec, Limit, ScopeDownStatement } = flood.Statement.RateBasedStatement;
    expect([AggregateKeyType, EvaluationWindowSec, Limit]).toEqual(["IP", 60, 600]);
    const spared = ScopeDownStatement.NotStatement.Statement.OrStatement.Statements.map(
      (each: { IPSetReferenceStatement: { Arn: { "Fn::GetAtt": [string, string] } } }) =>
        each.IPSetReferenceStatement.Arn["Fn::GetAtt"][0],
    );
    const sets = ofDoor.findResources("AWS::WAFv2::IPSet");
    expect(spared.map((id: string) => sets[id]?.["Properties"].Addresses)).toEqual([
      ["203.0.113.0/24"],
      ["2001:db8::/48"],
    ]);
    expect(flood.Action.Block.CustomResponse).toMatchObject({
      ResponseCode: 429,
      ResponseHeaders: [{ Name: "retry-after", Value: "60" }],
    });
  });

  it("keeps no samples, in which tokens and addresses would be", () => {
    const visible = [VisibilityConfig, ...rules.map((rule: { VisibilityConfig: unknown }) => rule.VisibilityConfig)];
    for (const each of visible) {
      expect(each).toMatchObject({ SampledRequestsEnabled: false, CloudWatchMetricsEnabled: true });
    }
  });
});

describe("the access log of the front door", () => {
  it("has the fields that say nothing of who called, or for what", () => {
    expect(distribution.Logging).toBeUndefined();
    expect(only(ofDoor, "AWS::Logs::Delivery").properties.RecordFields).toEqual([
      "date",
      "time",
      "x-edge-request-id",
      "x-edge-location",
      "cs-method",
      "cs-protocol-version",
      "ssl-protocol",
      "cs-bytes",
      "sc-bytes",
      "sc-status",
      "time-taken",
      "x-edge-result-type",
      "x-edge-detailed-result-type",
    ]);
  });
});
