import openApi from "../../../docs/openapi.json" with { type: "json" };
import { canonicalJson, digestOf } from "../../digest.ts";
import type { RouteHandlers } from "../../http/call.ts";

const entityTag = digestOf(canonicalJson(openApi));

/** The document changes with a deployment only. */
const maxAgeSeconds = 300;

export const documentRoutes: RouteHandlers<"documents"> = {
  getHealth: async () => ({
    kind: "done",
    value: { status: 200, body: { status: "ok", version: openApi.info.version } },
  }),
  getOpenApi: async () => ({
    kind: "done",
    value: { status: 200, body: openApi, caching: { maxAgeSeconds, entityTag } },
  }),
};
