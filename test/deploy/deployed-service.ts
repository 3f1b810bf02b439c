/** A stack of the service that is deployed, found by its name, and those who call it. */
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Scope } from "../../functions/contract/routes.ts";
import { ApiClient } from "../api/client.ts";
import type { Account } from "./account.ts";

/** A client of another issuer than the stack's own pool. */
export interface TokenClient {
  readonly tokenUrl: string;
  readonly id: string;
  readonly secret: string;
}

export class DeployedService {
  readonly account: Account;
  private readonly outputs: ReadonlyMap<string, string>;
  private readonly url: string;
  private readonly client: TokenClient;

  private constructor(account: Account, outputs: ReadonlyMap<string, string>, client: TokenClient) {
    this.account = account;
    this.outputs = outputs;
    this.url = account.reach(outputIn(outputs, "ApiEndpoint"));
    this.client = client;
  }

  /** Without a client, that of the stack's pool is taken. Throws when there is no such stack, or one without a service. */
  static async find(account: Account, stackName: string, client: TokenClient | null = null): Promise<DeployedService> {
    const outputs = await outputsOf(account, stackName);
    return new DeployedService(account, outputs, client ?? (await clientOfPool(account, outputs)));
  }

  get alertsTopicArn(): string {
    return outputIn(this.outputs, "AlertsTopicArn");
  }
  get tables(): { readonly inventory: string; readonly movements: string } {
    return {
      inventory: outputIn(this.outputs, "InventoryTableName"),
      movements: outputIn(this.outputs, "MovementsTableName"),
    };
  }

  /** Somebody without a token. */
  anybody(): ApiClient {
    return new ApiClient(this.url, null);
  }

  /** Somebody with a token for these scopes. */
  async caller(...scopes: readonly Scope[]): Promise<ApiClient> {
    const response = await fetch(this.client.tokenUrl, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${this.client.id}:${this.client.secret}`).toString("base64")}`,
      },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: scopes.join(" ") }),
    });
    if (!response.ok) {
      throw new Error(`The token endpoint answered with ${response.status}: ${await response.text()}`);
    }
    const { access_token: token } = (await response.json()) as { access_token: string };
    return new ApiClient(this.url, token);
  }
}

async function outputsOf(account: Account, stackName: string): Promise<ReadonlyMap<string, string>> {
  const cloudFormation = new CloudFormationClient(account.sdk);
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    return new Map(
      (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]),
    );
  } finally {
    cloudFormation.destroy();
  }
}

function outputIn(outputs: ReadonlyMap<string, string>, name: string): string {
  const value = outputs.get(name);
  if (value === undefined) {
    throw new Error(`The stack has no output ${name}.`);
  }
  return value;
}

async function clientOfPool(account: Account, outputs: ReadonlyMap<string, string>): Promise<TokenClient> {
  const cognito = new CognitoIdentityProviderClient(account.sdk);
  try {
    const { UserPoolClient } = await cognito.send(
      new DescribeUserPoolClientCommand({
        UserPoolId: outputIn(outputs, "UserPoolId"),
        ClientId: outputIn(outputs, "UserPoolClientId"),
      }),
    );
    return {
      tokenUrl: account.reach(outputIn(outputs, "TokenUrl")),
      id: UserPoolClient?.ClientId ?? "",
      secret: UserPoolClient?.ClientSecret ?? "",
    };
  } finally {
    cognito.destroy();
  }
}
