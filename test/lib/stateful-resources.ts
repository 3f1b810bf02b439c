/**
 * The resources that keep something, and what an update of a stack would do to them. `stateful-resources.json` has
 * their identities as they are deployed: of each its type, its policies of deletion, and the properties that
 * CloudFormation cannot change without making another resource. `npx node test/lib/stateful-resources.ts` adds what is
 * new; what stands there is changed by hand alone, by whoever knows what becomes of the data.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diffTemplate, type ResourceDifference, ResourceImpact } from "@aws-cdk/cloudformation-diff";
import { prod, type Resource } from "./synthesised.ts";

export type Resources = Readonly<Record<string, Resource>>;

/** Each with what would be lost. */
const kept: Readonly<Record<string, string>> = {
  "AWS::DynamoDB::Table": "its items",
  "AWS::S3::Bucket": "its objects",
  "AWS::SQS::Queue": "the messages that wait in it, some of them for the deadline of a hold",
  "AWS::SNS::Topic": "its subscriptions",
  "AWS::Logs::LogGroup": "its logs",
  // Every caller has the id and the secret of a client, and the address of the domain.
  "AWS::Cognito::UserPool": "its clients",
  "AWS::Cognito::UserPoolClient": "the id and the secret that callers have",
  "AWS::Cognito::UserPoolResourceServer": "the scopes that clients were given",
  "AWS::Cognito::UserPoolDomain": "the address that callers get tokens from",
  "AWS::ApiGatewayV2::Api": "the address that callers call",
};

const file = join(import.meta.dirname, "stateful-resources.json");

export const deployed = JSON.parse(readFileSync(file, "utf8")) as Resources;

/** Those of a template that keep something. */
export function statefulOf(resources: Resources): Resources {
  return Object.fromEntries(Object.entries(resources).filter(([, { Type }]) => Type in kept));
}

const replacing: ReadonlySet<ResourceImpact> = new Set([ResourceImpact.WILL_REPLACE, ResourceImpact.MAY_REPLACE]);

/** The properties that CloudFormation cannot change, or not always, without making another resource. */
function replacingProperties(difference: ResourceDifference | undefined): readonly string[] {
  return Object.entries(difference?.propertyUpdates ?? {}).flatMap(([name, { changeImpact }]) =>
    changeImpact !== undefined && replacing.has(changeImpact) ? [name] : [],
  );
}

interface AttributeDefinition {
  readonly AttributeName: string;
  readonly AttributeType: string;
}

/**
 * CloudFormation replaces a table when an attribute that has been defined is defined otherwise, and not when one is
 * added. The specification of its resource types, which the comparison goes by, does not say so.
 */
function isDefinedOtherwise(before: Resource, after: Resource): boolean {
  const defined = (resource: Resource) =>
    new Map(
      ((resource.Properties?.AttributeDefinitions ?? []) as readonly AttributeDefinition[]).map(
        ({ AttributeName, AttributeType }) => [AttributeName, AttributeType],
      ),
    );
  const now = defined(after);
  return [...defined(before)].some(([name, type]) => now.get(name) !== type);
}

/** What an update from one template to another one would do to the first one's stateful resources. */
export function lossesOf(before: Resources, after: Resources): readonly string[] {
  const { resources } = diffTemplate({ Resources: before }, { Resources: after });
  return Object.entries(before).flatMap(([id, resource]) => {
    const difference = resources.changes[id];
    const now = after[id];
    const what = `${id} (${resource.Type})`;
    const lost = kept[resource.Type];
    if (now === undefined) {
      return [`${what} is not there any more: ${lost} would be deleted with it, or be left where nobody looks.`];
    }
    const by = [
      ...(now.Type === resource.Type ? replacingProperties(difference) : ["Type"]),
      ...(isDefinedOtherwise(resource, now) ? ["AttributeDefinitions"] : []),
    ];
    return by.length === 0 ? [] : [`${what} would be replaced by an empty one, and ${lost} lost: ${by.join(", ")}.`];
  });
}

/** What a resource is known by: if any of this changes, it is another one. */
function identityOf(id: string, { Type, Properties, DeletionPolicy, UpdateReplacePolicy }: Resource): Resource {
  const difference = diffTemplate({ Resources: { [id]: { Type } } }, { Resources: { [id]: { Type, Properties } } });
  const names = [...replacingProperties(difference.resources.changes[id]), "AttributeDefinitions"];
  const identity = Object.fromEntries(names.flatMap((name) => (Properties?.[name] ? [[name, Properties[name]]] : [])));
  return { Type, DeletionPolicy, UpdateReplacePolicy, Properties: identity };
}

/** Adds what the template of production has and the file has not. */
function recordNewOnes(): void {
  const present = Object.entries(statefulOf(Object.fromEntries(prod.all())));
  const added = present.filter(([id]) => !(id in deployed)).map(([id, resource]) => [id, identityOf(id, resource)]);
  const all = Object.entries({ ...deployed, ...Object.fromEntries(added) }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
  console.log(`${added.length} added: ${added.map(([id]) => id).join(", ")}`);
}

if (import.meta.main) {
  recordNewOnes();
}
