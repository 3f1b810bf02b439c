import { type CloudFormationClient, paginateListStackResources } from "@aws-sdk/client-cloudformation";

export interface StackResource {
  /** Such as `AWS::Lambda::Function`. */
  readonly type: string;
  readonly logicalId: string;
  /** A name, an address or an ARN, as the type has it. */
  readonly physicalId: string;
}

/** What a stack consists of; resources that are not there (any more) are left out. */
export async function resourcesOf(client: CloudFormationClient, stackName: string): Promise<readonly StackResource[]> {
  const resources: StackResource[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stackName })) {
    for (const { ResourceType = "", LogicalResourceId = "", PhysicalResourceId } of page.StackResourceSummaries ?? []) {
      if (PhysicalResourceId !== undefined) {
        resources.push({ type: ResourceType, logicalId: LogicalResourceId, physicalId: PhysicalResourceId });
      }
    }
  }
  return resources;
}
