import { CfnIPSet, CfnWebACL } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

export interface WebAclProps {
  /** Of one address within a minute; a shopper needs a handful. */
  readonly requestsPerMinute: number;
  /** The servers of the shop, as CIDR blocks: all shoppers come through them, so that they are not counted. */
  readonly ownAddresses: readonly string[];
}

/** Of the Region us-east-1 alone: that is where CloudFront has its web ACLs. */
const scope = "CLOUDFRONT";

/** Metrics say how often a rule was met; samples would keep addresses and headers, tokens among them. */
function visibleAs(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false };
}

/** Groups of AWS, in the order in which they are asked; each with the rules that would refuse what is right here. */
const managedGroups = [
  { name: "AWSManagedRulesAmazonIpReputationList", onlyCounted: [] },
  { name: "AWSManagedRulesKnownBadInputsRuleSet", onlyCounted: [] },
  // It refuses bodies above 8 KB: a cart of 90 lines is larger, and the service has a limit of its own.
  { name: "AWSManagedRulesCommonRuleSet", onlyCounted: ["SizeRestrictions_BODY"] },
] as const;

function managed({ name, onlyCounted }: (typeof managedGroups)[number], priority: number): CfnWebACL.RuleProperty {
  return {
    name,
    priority,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: "AWS",
        name,
        ruleActionOverrides: onlyCounted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    visibilityConfig: visibleAs(name),
  };
}

/** Turns away what needs not be asked: addresses of ill repute, well-known attacks, and floods from one address. */
export class WebAcl extends Construct {
  readonly arn: string;

  constructor(parent: Construct, id: string, { requestsPerMinute, ownAddresses }: WebAclProps) {
    super(parent, id);
    const isIpv6 = (address: string) => address.includes(":");
    const own = (["IPV4", "IPV6"] as const).map((ipAddressVersion) => ({
      ipSetReferenceStatement: {
        arn: new CfnIPSet(this, `Own${ipAddressVersion}`, {
          scope,
          ipAddressVersion,
          addresses: ownAddresses.filter((address) => isIpv6(address) === (ipAddressVersion === "IPV6")),
        }).attrArn,
      },
    }));
    const tooMany = "TooManyRequests";
    const acl = new CfnWebACL(this, "Acl", {
      scope,
      defaultAction: { allow: {} },
      // As the gateway says it when its own throttle is met.
      customResponseBodies: {
        [tooMany]: { contentType: "APPLICATION_JSON", content: JSON.stringify({ message: "Too Many Requests" }) },
      },
      visibilityConfig: visibleAs("FrontDoor"),
      rules: [
        ...managedGroups.map(managed),
        {
          name: "Flood",
          priority: managedGroups.length,
          action: {
            block: {
              customResponse: {
                responseCode: 429,
                customResponseBodyKey: tooMany,
                responseHeaders: [{ name: "retry-after", value: "60" }],
              },
            },
          },
          statement: {
            rateBasedStatement: {
              aggregateKeyType: "IP",
              evaluationWindowSec: 60,
              limit: requestsPerMinute,
              scopeDownStatement: { notStatement: { statement: { orStatement: { statements: own } } } },
            },
          },
          visibilityConfig: visibleAs("Flood"),
        },
      ],
    });
    this.arn = acl.attrArn;
  }
}
