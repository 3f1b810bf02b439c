import type { App } from "aws-cdk-lib";
import { ApiStack } from "./api-stack.ts";
import { FrontDoorStack } from "./front-door-stack.ts";

const publicName = "inventory.example.com";
const originName = "inventory-origin.example.com";

/** The service in Frankfurt, and its front door, which CloudFront has in us-east-1. */
export function frontDoor(app: App): { readonly api: ApiStack; readonly door: FrontDoorStack } {
  const api = new ApiStack(app, "Inventory", {
    env: { region: "eu-central-1" },
    originName,
    certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/origin",
    truststore: { bucketName: "shop-truststore", key: "cloudfront.pem", version: "1" },
  });
  const door = new FrontDoorStack(app, "FrontDoor", {
    env: { region: "us-east-1" },
    publicName,
    certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/public",
    originName,
    clientCertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/client",
    requestsPerMinute: 600,
    ownAddresses: ["203.0.113.0/24", "2001:db8::/48"],
  });
  return { api, door };
}
