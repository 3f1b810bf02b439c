import { RemovalPolicy, Stack } from "aws-cdk-lib";
import type { Distribution } from "aws-cdk-lib/aws-cloudfront";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnDelivery, CfnDeliveryDestination, CfnDeliverySource, LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

/** The request, the way that it took and the answer; no address, country, token, cookie, path or query. */
const fields = [
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
];

/** CloudFront's access log, with fields of one's choice: the older way of logging writes addresses in any case. */
export class AccessLog extends Construct {
  constructor(scope: Construct, id: string, distribution: Distribution) {
    super(scope, id);
    const logs = new LogGroup(this, "Logs", {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const { account } = Stack.of(this);
    logs.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal("delivery.logs.amazonaws.com")],
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [logs.logGroupArn],
        conditions: { StringEquals: { "aws:SourceAccount": account } },
      }),
    );
    const source = new CfnDeliverySource(this, "Source", {
      name: `${distribution.distributionId}-access`,
      logType: "ACCESS_LOGS",
      resourceArn: distribution.distributionArn,
    });
    const destination = new CfnDeliveryDestination(this, "Destination", {
      name: `${distribution.distributionId}-access`,
      destinationResourceArn: logs.logGroupArn,
      outputFormat: "json",
    });
    const delivery = new CfnDelivery(this, "Delivery", {
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.attrArn,
      recordFields: fields,
    });
    // It names its source, and does not refer to it.
    delivery.addResourceDependency(source);
  }
}
