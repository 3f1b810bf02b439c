/** Callers of the shared local stack, each with the scopes of its audience. */
import { inject } from "vitest";
import { scopes } from "../../functions/contract/routes.ts";
import { ApiClient } from "./client.ts";

export async function tokenFor(scope: string): Promise<string> {
  const response = await fetch(`${inject("localStackUrl")}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", client_id: "local", client_secret: "local", scope }),
  });
  const { access_token } = (await response.json()) as { access_token: string };
  return access_token;
}

async function caller(scope: string): Promise<ApiClient> {
  return new ApiClient(inject("localStackUrl"), await tokenFor(scope));
}

export const storefront = async (): Promise<ApiClient> => await caller("inventory/read inventory/reserve");
export const backOffice = async (): Promise<ApiClient> => await caller("inventory/manage");
export const reader = async (): Promise<ApiClient> => await caller("inventory/read");
/** All scopes at once. */
export const everybody = async (): Promise<ApiClient> => await caller(Object.keys(scopes).join(" "));
/** No token. */
export const anybody = (): ApiClient => new ApiClient(inject("localStackUrl"), null);
export const bearerOf = (token: string): ApiClient => new ApiClient(inject("localStackUrl"), token);
