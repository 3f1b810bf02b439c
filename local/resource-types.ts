/** Which resource types of a template are hosted on this machine, and which are passed over, each with its reason. */
import { type Template, UnsupportedTemplateError } from "./template.ts";

const hosted: ReadonlySet<string> = new Set([
  "AWS::ApiGatewayV2::Api",
  "AWS::ApiGatewayV2::Authorizer",
  "AWS::ApiGatewayV2::Integration",
  "AWS::ApiGatewayV2::Route",
  "AWS::ApiGatewayV2::Stage",
  // These four are what the token endpoint stands for.
  "AWS::Cognito::UserPool",
  "AWS::Cognito::UserPoolClient",
  "AWS::Cognito::UserPoolDomain",
  "AWS::Cognito::UserPoolResourceServer",
  "AWS::DynamoDB::Table",
  "AWS::Lambda::Alias",
  "AWS::Lambda::EventSourceMapping",
  "AWS::Lambda::Function",
  "AWS::Lambda::Version",
  "AWS::S3::Bucket",
  "AWS::SNS::Subscription",
  "AWS::SNS::Topic",
  "AWS::SQS::Queue",
]);

/** Type and why it changes nothing here. */
export const ignoredTypes: Readonly<Record<string, string>> = {
  "AWS::CDK::Metadata": "It tells AWS which constructs a stack was made of.",
  "AWS::CloudWatch::Alarm": "There are no metrics here for it to watch.",
  "AWS::CloudWatch::Dashboard": "There are no metrics here for it to show.",
  "AWS::Events::Rule":
    "Nothing is called by the clock here: `npm run inventory -- reconcile` looks at the whole table.",
  "AWS::IAM::Policy": "Nothing here checks permissions; the tests of the stack look at them.",
  "AWS::IAM::Role": "Nothing here checks permissions; the tests of the stack look at them.",
  "AWS::Lambda::Permission": "Nothing here checks permissions; the tests of the stack look at them.",
  "AWS::Logs::LogGroup": "All functions log to one file here.",
  "AWS::Logs::QueryDefinition": "All functions log to one file here.",
  "AWS::S3::BucketPolicy": "Nothing here checks permissions; the tests of the stack look at them.",
  "AWS::SNS::TopicPolicy": "Nothing here checks permissions; the tests of the stack look at them.",
  "AWS::SQS::QueuePolicy": "Nothing here checks permissions; the tests of the stack look at them.",
};

/** Throws when a resource is neither hosted nor on the list of those that change nothing. */
export function checkTypes(template: Template): void {
  const unknown = Object.entries(template.Resources).filter(
    ([, { Type }]) => !hosted.has(Type) && !(Type in ignoredTypes),
  );
  if (unknown.length > 0) {
    const names = unknown.map(([logicalId, { Type }]) => `${logicalId} (${Type})`).join(", ");
    throw new UnsupportedTemplateError(
      `The local runner does not host ${names}: host the type, or add it to the ignored ones with a reason, in local/.`,
    );
  }
}
