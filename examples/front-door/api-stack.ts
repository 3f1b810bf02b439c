/** The service in a Region of one's own, reached by one name only, and there by those with a client certificate only. */
import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import { ApiMapping, type CfnApi, DomainName, SecurityPolicy } from "aws-cdk-lib/aws-apigatewayv2";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { Bucket } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { InventoryService } from "inventory-service";

export interface ApiStackProps extends StackProps {
  /** The name that CloudFront calls, and nobody else needs to know. */
  readonly originName: string;
  /** A public certificate for that name, in this Region. */
  readonly certificateArn: string;
  /** The authority of the client certificate, as a PEM file: one of one's own that has signed nothing else. */
  readonly truststore: { readonly bucketName: string; readonly key: string; readonly version: string };
}

export class ApiStack extends Stack {
  readonly inventory: InventoryService;

  constructor(scope: Construct, id: string, { originName, certificateArn, truststore, ...props }: ApiStackProps) {
    super(scope, id, props);
    this.inventory = new InventoryService(this, "Inventory");

    const domainName = new DomainName(this, "Origin", {
      domainName: originName,
      certificate: Certificate.fromCertificateArn(this, "Certificate", certificateArn),
      securityPolicy: SecurityPolicy.TLS_1_2,
      mtls: {
        bucket: Bucket.fromBucketName(this, "Truststore", truststore.bucketName),
        key: truststore.key,
        version: truststore.version,
      },
    });
    new ApiMapping(this, "Mapping", { api: this.inventory.api, stage: this.inventory.apiStage, domainName });
    // Otherwise the gateway answers at its own address as well, which asks for no certificate.
    (this.inventory.api.node.defaultChild as CfnApi).disableExecuteApiEndpoint = true;

    new CfnOutput(this, "OriginTarget", {
      value: domainName.regionalDomainName,
      description: `What ${originName} is a CNAME of`,
    });
  }
}
