/** CloudFront with AWS WAF in front of the API. All of it belongs to us-east-1, wherever the API is. */
import { CfnOutput, Duration, Stack, type StackProps, Validations } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  type BehaviorOptions,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  type CfnDistribution,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import type { Construct } from "constructs";
import { AccessLog } from "./access-log.ts";
import { WebAcl, type WebAclProps } from "./web-acl.ts";

export interface FrontDoorStackProps extends StackProps, WebAclProps {
  /** What callers call, and its certificate, in us-east-1. */
  readonly publicName: string;
  readonly certificateArn: string;
  /** What CloudFront calls. It is chosen beforehand, so that no value has to go from Region to Region. */
  readonly originName: string;
  /** What CloudFront shows there, in us-east-1; its authority is in the truststore of the API. */
  readonly clientCertificateArn: string;
}

/** Answers that CloudFront would keep for ten seconds, although nothing may be kept of them. */
const errorsKeptByDefault = [404, 414, 500, 501, 502, 503, 504];

export class FrontDoorStack extends Stack {
  constructor(scope: Construct, id: string, props: FrontDoorStackProps) {
    super(scope, id, props);
    const toApi: BehaviorOptions = {
      origin: new HttpOrigin(props.originName, {
        protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
        originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      }),
      allowedMethods: AllowedMethods.ALLOW_ALL,
      // A redirect would come too late: the token has been sent in plain text by then.
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      // Everything that the caller sent, the token too; the host is the origin's, by which the gateway knows the API.
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      responseHeadersPolicy: this.responseHeaders(),
    };
    const distribution = new Distribution(this, "Distribution", {
      domainNames: [props.publicName],
      certificate: Certificate.fromCertificateArn(this, "Certificate", props.certificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: HttpVersion.HTTP2_AND_3,
      webAclId: new WebAcl(this, "WebAcl", props).arn,
      defaultBehavior: toApi,
      additionalBehaviors: {
        "/v1/availability": {
          ...toApi,
          allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
          cachePolicy: this.forASecond(),
        },
      },
      errorResponses: errorsKeptByDefault.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
    });
    // CDK has no property for it yet.
    (distribution.node.defaultChild as CfnDistribution).addPropertyOverride(
      "DistributionConfig.Origins.0.CustomOriginConfig.OriginMtlsConfig",
      { ClientCertificateArn: props.clientCertificateArn },
    );
    new AccessLog(this, "AccessLog", distribution);
    Validations.of(distribution).acknowledge(
      { id: "AwsSolutions-CFR1", reason: "Whom a shop sells to is the shop's business; a country is no attack." },
      {
        id: "AwsSolutions-CFR3",
        reason: "It is logged by a delivery of CloudWatch Logs, with fields of one's choice.",
      },
    );
    new CfnOutput(this, "Target", {
      value: distribution.distributionDomainName,
      description: `What ${props.publicName} is an alias of`,
    });
  }

  /**
   * Availability says of itself that it is good for a second. CloudFront asks nobody whether a token is good: it is a
   * part of the key, so that only whoever was answered with it gets that answer again, and the origin a page is of.
   */
  private forASecond(): CachePolicy {
    return new CachePolicy(this, "ForASecond", {
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.seconds(0),
      maxTtl: Duration.seconds(1),
      headerBehavior: CacheHeaderBehavior.allowList("authorization", "origin"),
      queryStringBehavior: CacheQueryStringBehavior.all(),
      enableAcceptEncodingGzip: true,
      enableAcceptEncodingBrotli: true,
    });
  }

  /** The headers that the service gives its answers, on those that the gateway gives by itself too. */
  private responseHeaders(): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, "Headers", {
      securityHeadersBehavior: {
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(180), override: true },
      },
    });
  }
}
