import { Aws, CfnOutput, Names, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { OAuthScope, ResourceServerScope, UserPool } from "aws-cdk-lib/aws-cognito";
import { Construct } from "constructs";
import { type Scope, scopes } from "../functions/contract/routes.ts";

/** The prefix of the scopes, which is the resource server's identifier. */
const resourceServerIdentifier = "inventory";

export interface IdentityProps {
  /** An OpenID Connect issuer; null makes a Cognito pool for client credentials. */
  readonly tokens: { readonly issuer: string; readonly audience: string } | null;
  readonly protect: boolean;
}

/** Who may call: checks bearer tokens of an issuer, which is a Cognito pool unless another one is named. */
export class Identity extends Construct {
  readonly authorizer: HttpJwtAuthorizer;

  constructor(scope: Construct, id: string, { tokens, protect }: IdentityProps) {
    super(scope, id);
    const { issuer, audience } = tokens ?? this.clientCredentialsPool(protect);
    this.authorizer = new HttpJwtAuthorizer("Tokens", issuer, { jwtAudience: [audience] });
  }

  private clientCredentialsPool(protect: boolean): { readonly issuer: string; readonly audience: string } {
    const pool = new UserPool(this, "Pool", {
      selfSignUpEnabled: false,
      deletionProtection: protect,
      removalPolicy: protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    for (const rule of ["COG1", "COG2", "COG3", "COG8"]) {
      Validations.of(pool).acknowledge({
        id: `AwsSolutions-${rule}`,
        reason: "The pool has no users and takes no sign-ups: it gives tokens to machines, by client credentials.",
      });
    }
    const server = pool.addResourceServer("Scopes", {
      identifier: resourceServerIdentifier,
      scopes: (Object.entries(scopes) as [Scope, string][]).map(
        ([name, scopeDescription]) =>
          new ResourceServerScope({ scopeName: name.slice(resourceServerIdentifier.length + 1), scopeDescription }),
      ),
    });
    const client = pool.addClient("Client", {
      generateSecret: true,
      oAuth: {
        flows: { clientCredentials: true },
        scopes: Object.keys(scopes).map((name) => OAuthScope.custom(name)),
      },
    });
    client.node.addDependency(server);
    // Cognito wants a name that is free in the whole Region: the account and the place in the tree make it so.
    const place = Names.uniqueResourceName(this, { maxLength: 40, allowedSpecialCharacters: "-" }).toLowerCase();
    const domain = pool.addDomain("Domain", { cognitoDomain: { domainPrefix: `inv-${place}-${Aws.ACCOUNT_ID}` } });
    new CfnOutput(this, "TokenUrl", {
      value: `${domain.baseUrl()}/oauth2/token`,
      description: "Where the client gets its tokens",
    });
    new CfnOutput(this, "UserPoolId", { value: pool.userPoolId, description: "The pool of the client" });
    new CfnOutput(this, "UserPoolClientId", {
      value: client.userPoolClientId,
      description: "The client; its secret is told by aws cognito-idp describe-user-pool-client",
    });
    return {
      issuer: `https://cognito-idp.${Stack.of(this).region}.${Aws.URL_SUFFIX}/${pool.userPoolId}`,
      audience: client.userPoolClientId,
    };
  }
}
