import * as z from "zod/mini";

export const health = z.strictObject({ status: z.literal("ok"), version: z.string() }).check(z.meta({ id: "Health" }));

export const openApiDocument = z.looseObject({
  openapi: z.string(),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.unknown()),
});
