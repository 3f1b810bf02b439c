/** What the template lets each function do with the tables, and what a call of DynamoDB needs of that. */
import { resourcesOf, type Template } from "../../local/template.ts";
import type { DynamoDbCall } from "./dynamodb-proxy.ts";

/** A function by its logical id, an action, and a table or an index: `Fn dynamodb:Query Table/index/byName`. */
type Permission = string;

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

interface PolicyProperties {
  readonly Roles: readonly { readonly Ref: string }[];
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

/** A table's ARN is known by the table's logical id, which is also its name here. */
function resourceName(value: unknown): string {
  if (typeof value === "string") {
    return value;
  }
  const { "Fn::GetAtt": attribute, "Fn::Join": join } = value as {
    readonly "Fn::GetAtt"?: readonly [string, string];
    readonly "Fn::Join"?: readonly [string, readonly unknown[]];
  };
  return attribute?.[0] ?? join?.[1].map(resourceName).join(join[0]) ?? "";
}

function statementsFor(template: Template, roleId: string): readonly Statement[] {
  return resourcesOf(template, "AWS::IAM::Policy")
    .map(([, { Properties }]) => Properties as unknown as PolicyProperties)
    .filter(({ Roles }) => Roles.some(({ Ref }) => Ref === roleId))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Effect }) => Effect === "Allow");
}

export function permissionsIn(template: Template): ReadonlySet<Permission> {
  return new Set(
    resourcesOf(template, "AWS::Lambda::Function").flatMap(([functionId, { Properties }]) =>
      statementsFor(template, resourceName(Properties?.["Role"])).flatMap(({ Action, Resource }) =>
        [Action]
          .flat()
          .flatMap((action) =>
            [Resource].flat().map((resource) => `${functionId} ${action} ${resourceName(resource)}`),
          ),
      ),
    ),
  );
}

/** Whether it is one of those that calls of a table need; the reader of a stream has others. */
export function isUseOfTable(permission: Permission): boolean {
  return / dynamodb:(\w+Item|Query) /.test(permission);
}

/** The parts of a transaction need the permission of the call that would do the same alone. */
const actionsOfParts = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
} as const;

export function permissionsFor({ caller, operation, body }: DynamoDbCall): readonly Permission[] {
  const needs = (action: string, resource: unknown): Permission => `${caller} dynamodb:${action} ${resource}`;
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
