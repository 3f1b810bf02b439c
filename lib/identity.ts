import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { Construct } from "constructs";
import { ClientPool } from "./client-pool.ts";
import type { Settings } from "./settings.ts";

/** Who may call: checks bearer tokens of an issuer, which is a Cognito pool unless another one is named. */
export class Identity extends Construct {
  readonly authorizer: HttpJwtAuthorizer;
  /** Null where another issuer gives the tokens. */
  readonly pool: ClientPool | null;

  constructor(scope: Construct, id: string, { tokens, protect }: Pick<Settings, "tokens" | "protect">) {
    super(scope, id);
    if (tokens === null) {
      this.pool = new ClientPool(this, "Pool", { protect });
      this.authorizer = new HttpJwtAuthorizer("Tokens", this.pool.issuer, { jwtAudience: this.pool.audience });
    } else {
      this.pool = null;
      this.authorizer = new HttpJwtAuthorizer("Tokens", tokens.issuer, { jwtAudience: [...tokens.audience] });
    }
  }
}
