/** Callers of the API that are functions of the same app: what a grant of the service gives them. */
import { Names } from "aws-cdk-lib";
import { Grant } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Scope } from "../functions/contract/routes.ts";
import type { ApiClient, ClientPool } from "./client-pool.ts";

/** The environment variables of a function that was granted something. */
export const accessVariables = {
  apiUrl: "INVENTORY_API_URL",
  tokenUrl: "INVENTORY_TOKEN_URL",
  clientId: "INVENTORY_CLIENT_ID",
  /** Of the secret in Secrets Manager whose text is the client's secret. */
  clientSecretArn: "INVENTORY_CLIENT_SECRET_ARN",
} as const;

/** The functions that were granted something by any service: their variables name one service. */
const granted = new WeakSet<LambdaFunction>();

interface Access {
  readonly client: ApiClient;
  readonly scopes: Set<Scope>;
}

/**
 * Gives functions a client of the pool each, with just the scopes that they were granted. Whoever checks a call is
 * the gateway, by the token's scopes: so a grant is no permission of IAM, except to read the client's own secret.
 */
export class ApiAccess {
  private readonly pool: ClientPool | null;
  private readonly apiUrl: string;
  private readonly given = new Map<LambdaFunction, Access>();

  constructor({ pool, apiUrl }: { readonly pool: ClientPool | null; readonly apiUrl: string }) {
    this.pool = pool;
    this.apiUrl = apiUrl;
  }

  grant(fn: LambdaFunction, scope: Scope): Grant {
    const { client, scopes } = this.given.get(fn) ?? this.introduce(fn);
    scopes.add(scope);
    return Grant.addToPrincipal({
      grantee: fn,
      actions: ["secretsmanager:GetSecretValue"],
      resourceArns: [client.secret.secretArn],
    });
  }

  private introduce(fn: LambdaFunction): Access {
    if (this.pool === null) {
      throw new Error(
        `InventoryService: ${fn.node.path} cannot be granted a scope here, because tokens names another issuer: ` +
          "let that issuer give the function a client with the scope.",
      );
    }
    if (granted.has(fn)) {
      throw new Error(
        `InventoryService: ${fn.node.path} was granted a scope by another service, and its environment names one: ` +
          "give each service a function of its own.",
      );
    }
    granted.add(fn);
    const scopes = new Set<Scope>();
    const client = this.pool.addApiClient(`Client-${Names.uniqueResourceName(fn, { maxLength: 64 })}`, () => [
      ...scopes,
    ]);
    fn.addEnvironment(accessVariables.apiUrl, this.apiUrl);
    fn.addEnvironment(accessVariables.tokenUrl, this.pool.tokenUrl);
    fn.addEnvironment(accessVariables.clientId, client.clientId);
    fn.addEnvironment(accessVariables.clientSecretArn, client.secret.secretArn);
    const access = { client, scopes };
    this.given.set(fn, access);
    return access;
  }
}
