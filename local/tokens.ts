/** Access tokens as the user pool of an account gives and as API Gateway's JWT authorizer checks them. */
import { randomUUID, timingSafeEqual } from "node:crypto";
import { errors, generateKeyPair, type JWTPayload, jwtVerify, SignJWT } from "jose";

/** The one client of this machine, and the subject of its tokens. */
export const localClient = { id: "local", secret: "local" } as const;
export const tokenLifetimeSeconds = 3_600;

export interface TokenSettings {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** Every scope that a client may ask for. */
  readonly scopes: readonly string[];
}

/** An answer of the token endpoint. */
export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the authorizer makes of a token: its claims, or what is wrong with it. */
export type Verdict = { readonly claims: JWTPayload } | { readonly refused: string };

export class Tokens {
  private readonly settings: TokenSettings;
  private readonly keys: Awaited<ReturnType<typeof generateKeyPair>>;

  private constructor(settings: TokenSettings, keys: Awaited<ReturnType<typeof generateKeyPair>>) {
    this.settings = settings;
    this.keys = keys;
  }

  /** The keys are made anew: a token of another start is not good here. */
  static async create(settings: TokenSettings): Promise<Tokens> {
    return new Tokens(settings, await generateKeyPair("RS256"));
  }

  /** A token for the scopes, which are those of the token endpoint unless said otherwise. */
  async sign(scope = this.settings.scopes.join(" "), expiresInSeconds = tokenLifetimeSeconds): Promise<string> {
    const nowSeconds = Math.floor(Date.now() / 1000);
    return await new SignJWT({ client_id: this.settings.audience[0], scope, token_use: "access", version: 2 })
      .setProtectedHeader({ alg: "RS256", kid: "local" })
      .setIssuer(this.settings.issuer)
      .setSubject(localClient.id)
      .setJti(randomUUID())
      .setIssuedAt(Math.min(nowSeconds, nowSeconds + expiresInSeconds - 1))
      .setExpirationTime(nowSeconds + expiresInSeconds)
      .sign(this.keys.privateKey);
  }

  /** Checks signature, issuer, times, and the audience: `aud`, or `client_id` where there is no `aud`. */
  async check(token: string): Promise<Verdict> {
    try {
      const { payload } = await jwtVerify(token, this.keys.publicKey, {
        issuer: this.settings.issuer,
        algorithms: ["RS256"],
        requiredClaims: ["exp"],
      });
      const named = payload.aud === undefined ? [payload["client_id"]] : [payload.aud].flat();
      return named.some((name) => typeof name === "string" && this.settings.audience.includes(name))
        ? { claims: payload }
        : { refused: "the token is for another audience" };
    } catch (error) {
      if (error instanceof errors.JOSEError) {
        return { refused: error.message };
      }
      throw error;
    }
  }

  /** The token endpoint: a form in, the answer of RFC 6749 out. `authorization` may carry the client by Basic. */
  async answer(form: URLSearchParams, authorization: string | undefined): Promise<TokenAnswer> {
    const client = clientOf(form, authorization);
    if (!isSame(client.id, localClient.id) || !isSame(client.secret, localClient.secret)) {
      return refusal(401, "invalid_client");
    }
    const grantType = form.get("grant_type");
    if (grantType === null) {
      return refusal(400, "invalid_request");
    }
    if (grantType !== "client_credentials") {
      return refusal(400, "unsupported_grant_type");
    }
    const asked = (form.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
    if (asked.some((scope) => !this.settings.scopes.includes(scope))) {
      return refusal(400, "invalid_scope");
    }
    const token = await this.sign(asked.length === 0 ? undefined : asked.join(" "));
    return { status: 200, body: { access_token: token, token_type: "Bearer", expires_in: tokenLifetimeSeconds } };
  }
}

function refusal(status: number, error: string): TokenAnswer {
  return { status, body: { error } };
}

function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

function clientOf(form: URLSearchParams, authorization: string | undefined): { id: string; secret: string } {
  const basic = /^Basic\s+(\S+)$/i.exec(authorization ?? "")?.[1];
  if (basic === undefined) {
    return { id: form.get("client_id") ?? "", secret: form.get("client_secret") ?? "" };
  }
  const [id = "", ...secret] = Buffer.from(basic, "base64").toString("utf8").split(":");
  return { id, secret: secret.join(":") };
}
