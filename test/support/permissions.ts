/** What the template lets each function do, and what a call of DynamoDB needs of that. */
import { resourcesOf, type Template, UnsupportedTemplateError } from "../../local/template.ts";
import type { DynamoDbCall } from "./dynamodb-proxy.ts";

export interface Permission {
  /** The function by its logical id. */
  readonly caller: string;
  readonly action: string;
  /** By logical ids: `Table`, `Table/index/byName`, `Table.StreamArn`, or `*`. */
  readonly resource: string;
}

export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

interface Document {
  readonly Statement: readonly Statement[];
}

/** An ARN is known by its resource's logical id, which on this machine is also a table's name. */
export function resourceName(value: unknown): string {
  if (typeof value === "string") {
    return value;
  }
  const {
    Ref,
    "Fn::GetAtt": attribute,
    "Fn::Join": join,
  } = value as {
    readonly Ref?: string;
    readonly "Fn::GetAtt"?: readonly [string, string];
    readonly "Fn::Join"?: readonly [string, readonly unknown[]];
  };
  if (attribute !== undefined) {
    return attribute[1] === "Arn" ? attribute[0] : attribute.join(".");
  }
  const name = Ref ?? join?.[1].map(resourceName).join(join[0]);
  if (name === undefined) {
    throw new UnsupportedTemplateError(`${JSON.stringify(value)} is no text, reference, attribute or join.`);
  }
  return name;
}

/** The statements of a policy, which must be of the plain kind: what is allowed or denied is named. */
export function statementsOf({ Statement }: Document): readonly Statement[] {
  for (const statement of Statement) {
    for (const name of ["NotAction", "NotResource", "NotPrincipal"]) {
      if (name in statement) {
        throw new UnsupportedTemplateError(`A statement says what is left out (${name}) instead of what is meant.`);
      }
    }
  }
  return Statement;
}

/** Other ways to give a role something; a stack that begins to use one must be looked at in another way. */
const otherWays = ["AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy", "AWS::IAM::Group"];

function statementsFor(template: Template, roleId: string): readonly Statement[] {
  const { ManagedPolicyArns, Policies = [] } = template.Resources[roleId]?.Properties ?? {};
  const unknown = otherWays.flatMap((type) => resourcesOf(template, type).map(([id]) => id));
  if (ManagedPolicyArns !== undefined || unknown.length > 0) {
    throw new UnsupportedTemplateError(`${roleId} may get permissions by ${["a managed policy", ...unknown].join()}.`);
  }
  const attached = resourcesOf(template, "AWS::IAM::Policy").filter(([, { Properties }]) =>
    ((Properties?.["Roles"] ?? []) as readonly unknown[]).map(resourceName).includes(roleId),
  );
  const documents = [
    ...(Policies as readonly { readonly PolicyDocument: Document }[]).map(({ PolicyDocument }) => PolicyDocument),
    ...attached.map(([, { Properties }]) => Properties?.["PolicyDocument"] as Document),
  ];
  return documents.flatMap(statementsOf).filter(({ Effect }) => Effect === "Allow");
}

/** All that the roles of the functions allow them. */
export function permissionsIn(template: Template): readonly Permission[] {
  return resourcesOf(template, "AWS::Lambda::Function").flatMap(([caller, { Properties }]) =>
    statementsFor(template, resourceName(Properties?.["Role"])).flatMap(({ Action, Resource }) =>
      [Action]
        .flat()
        .flatMap((action) =>
          [Resource].flat().map((resource) => ({ caller, action, resource: resourceName(resource) })),
        ),
    ),
  );
}

export function inWords({ caller, action, resource }: Permission): string {
  return `${caller} ${action} ${resource}`;
}

/** Whether it is one of those that calls of a table need; the reader of a stream has others. */
export function isUseOfTable({ action }: Permission): boolean {
  return /^dynamodb:(\w+Item|Query|Scan)$/.test(action);
}

/** The parts of a transaction need the permission of the call that would do the same alone. */
const actionsOfParts = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
} as const;

export function permissionsFor({ caller, operation, body }: DynamoDbCall): readonly Permission[] {
  const needs = (action: string, resource: unknown): Permission => ({
    caller,
    action: `dynamodb:${action}`,
    resource: String(resource),
  });
  switch (operation) {
    case "TransactWriteItems":
      return (body["TransactItems"] as Record<string, { readonly TableName: string }>[]).flatMap((part) =>
        Object.entries(part).map(([kind, { TableName }]) =>
          needs(actionsOfParts[kind as keyof typeof actionsOfParts], TableName),
        ),
      );
    case "BatchGetItem":
      return Object.keys(body["RequestItems"] as object).map((table) => needs(operation, table));
    default: {
      const { TableName, IndexName } = body;
      return [needs(operation, IndexName === undefined ? TableName : `${TableName}/index/${IndexName}`)];
    }
  }
}
