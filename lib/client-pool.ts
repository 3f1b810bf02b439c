import { Aws, Duration, Lazy, Names, RemovalPolicy, SecretValue, Stack, Validations } from "aws-cdk-lib";
import { CfnUserPoolClient, ResourceServerScope, UserPool, type UserPoolResourceServer } from "aws-cdk-lib/aws-cognito";
import { type ISecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { type Scope, scopes } from "../functions/contract/routes.ts";

/** The prefix of the scopes, which is the resource server's identifier. */
const resourceServerIdentifier = "inventory";

/** Words that Cognito takes in no domain's name, wherever they stand in it. */
const reservedWords = /aws|amazon|cognito/g;

/** A machine that may ask the pool for tokens. */
export interface ApiClient {
  readonly clientId: string;
  /** Keeps the client's own secret, as plain text. */
  readonly secret: ISecret;
}

/** A Cognito pool without users: it gives tokens to machines, by client credentials. */
export class ClientPool extends UserPool {
  /** As the tokens' `iss` has it. */
  readonly issuer: string;
  /** The ids of all clients; a list that CDK resolves when the template is made. */
  readonly audience: string[];
  /** Where tokens are asked for: a form, as RFC 6749 has it in section 4.4. */
  readonly tokenUrl: string;
  /** The client of whoever runs the service: it may ask for every scope, and its secret is in Cognito alone. */
  readonly operatorClientId: string;
  private readonly server: UserPoolResourceServer;
  private readonly clientIds: string[] = [];

  constructor(scope: Construct, id: string, { protect }: { readonly protect: boolean }) {
    super(scope, id, {
      selfSignUpEnabled: false,
      deletionProtection: protect,
      removalPolicy: protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    for (const rule of ["COG1", "COG2", "COG3", "COG8"]) {
      Validations.of(this).acknowledge({
        id: `AwsSolutions-${rule}`,
        reason: "The pool has no users and takes no sign-ups: it gives tokens to machines, by client credentials.",
      });
    }
    this.server = this.addResourceServer("Scopes", {
      identifier: resourceServerIdentifier,
      scopes: (Object.entries(scopes) as [Scope, string][]).map(
        ([name, scopeDescription]) =>
          new ResourceServerScope({ scopeName: name.slice(resourceServerIdentifier.length + 1), scopeDescription }),
      ),
    });
    // Cognito wants a name that is free in the whole Region: the account and the place in the tree make it so, also where
    // a reserved word is broken up, since the place ends with a digest of itself.
    const place = Names.uniqueResourceName(this.node.scope ?? this, {
      maxLength: 40,
      allowedSpecialCharacters: "-",
    })
      .toLowerCase()
      .replaceAll(reservedWords, (word) => `${word.slice(0, 2)}-${word.slice(3)}`);
    const domain = this.addDomain("Domain", { cognitoDomain: { domainPrefix: `inv-${place}-${Aws.ACCOUNT_ID}` } });
    this.tokenUrl = `${domain.baseUrl()}/oauth2/token`;
    this.issuer = `https://cognito-idp.${Stack.of(this).region}.${Aws.URL_SUFFIX}/${this.userPoolId}`;
    this.audience = Lazy.list({ produce: () => this.clientIds });
    this.operatorClientId = this.machine(new Construct(this, "Client"), () => Object.keys(scopes) as Scope[]).ref;
  }

  /** Adds a client for these scopes, which are asked for when the template is made, and keeps its secret. */
  addApiClient(id: string, allowed: () => readonly Scope[]): ApiClient {
    const place = new Construct(this, id);
    const client = this.machine(place, allowed);
    const secret = new Secret(place, "Secret", {
      description: "The secret of a client of the inventory API",
      secretStringValue: SecretValue.resourceAttribute(client.attrClientSecret),
    });
    Validations.of(secret).acknowledge({
      id: "AwsSolutions-SMG4",
      reason: "Cognito makes the secret together with its client and takes no other: a new secret is a new client.",
    });
    return { clientId: client.ref, secret };
  }

  private machine(place: Construct, allowed: () => readonly Scope[]): CfnUserPoolClient {
    const client = new CfnUserPoolClient(place, "Resource", {
      userPoolId: this.userPoolId,
      generateSecret: true,
      allowedOAuthFlowsUserPoolClient: true,
      allowedOAuthFlows: ["client_credentials"],
      allowedOAuthScopes: Lazy.list({ produce: () => [...allowed()] }),
      accessTokenValidity: Duration.hours(1).toMinutes(),
      tokenValidityUnits: { accessToken: "minutes" },
    });
    client.node.addDependency(this.server);
    this.clientIds.push(client.ref);
    return client;
  }
}
