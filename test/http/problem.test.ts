import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import type { Refusal } from "../../functions/domain/refusal.ts";
import { type Failure, problemHeaders, problemOf } from "../../functions/http/problem.ts";
import { type ProblemCode, problemCodes } from "../../functions/http/problem-codes.ts";
import { problemSchemas } from "../../functions/http/schemas/problems.ts";

const short = { sku: "A", locationId: null, requested: 2, available: 1, backorderable: 0, restockAt: null };
const decrease = { sku: "A", locationId: "L1", state: "onHand", delta: -2, available: 1 } as const;
const mismatch = { sku: "A", locationId: "L1", state: "damaged", expected: 2, actual: 1 } as const;

const exceeded = { sku: "A", limit: 4, alreadyTaken: 3, requested: 2 };
const place = { sku: "A", locationId: "L1" };

const refusals: readonly [Refusal, number, ProblemCode, object][] = [
  [{ kind: "not-found", resource: "reservation" }, 404, "not_found", { detail: "There is no such reservation." }],
  [{ kind: "unknown-sku", skus: ["A", "B"] }, 404, "unknown_sku", { errors: [{ sku: "A" }, { sku: "B" }] }],
  [{ kind: "unknown-location", locationIds: ["L9"] }, 404, "unknown_location", { errors: [{ locationId: "L9" }] }],
  [{ kind: "insufficient-stock", lines: [short] }, 409, "insufficient_stock", { errors: [short] }],
  [{ kind: "reservation-expired", lines: [short] }, 410, "reservation_expired", { errors: [short] }],
  [{ kind: "reservation-exists" }, 409, "reservation_exists", {}],
  [
    { kind: "reservation-ended", status: "expired" },
    409,
    "reservation_ended",
    { status: 409, reservationStatus: "expired" },
  ],
  [{ kind: "reservation-too-large", writes: 120, most: 98 }, 422, "reservation_too_large", {}],
  [{ kind: "record-too-large", bytes: 300_000, most: 240_000 }, 422, "reservation_too_large", {}],
  [
    { kind: "invalid-transition", status: "released", detail: "A released reservation cannot be committed." },
    409,
    "invalid_transition",
    { status: 409, reservationStatus: "released", detail: "A released reservation cannot be committed." },
  ],
  [
    { kind: "purchase-limit-exceeded", limits: [exceeded] },
    409,
    "purchase_limit_exceeded",
    { status: 409, errors: [exceeded] },
  ],
  [
    { kind: "customer-needed", skus: ["A"], missingIn: "request" },
    400,
    "validation_failed",
    { errors: [{ path: "body.customerId", message: "is needed: A has a purchase limit" }] },
  ],
  [
    { kind: "customer-needed", skus: ["A"], missingIn: "reservation" },
    400,
    "validation_failed",
    {
      errors: [
        {
          path: "path.reservationId",
          message: "is a reservation without a customerId, which is needed: A has a purchase limit",
        },
      ],
    },
  ],
  [{ kind: "hold-limit-exceeded", most: 3 }, 409, "hold_limit_exceeded", {}],
  [{ kind: "merge-first", level: place }, 409, "merge_first", place],
  [{ kind: "kit-has-no-stock", level: place }, 409, "kit_has_no_stock", place],
  [{ kind: "cells-and-backorders", level: place }, 409, "cells_and_backorders", place],
  [
    { kind: "bad-components", faults: [{ sku: "K", message: "is not known, or is itself a kit" }] },
    400,
    "validation_failed",
    { errors: [{ path: "body.components", message: "K is not known, or is itself a kit" }] },
  ],
  [{ kind: "would-oversell", changes: [decrease] }, 409, "would_oversell", { errors: [decrease] }],
  [{ kind: "quantity-conflict", changes: [mismatch] }, 412, "quantity_conflict", { errors: [mismatch] }],
  [{ kind: "version-conflict", revision: 4 }, 412, "version_conflict", { revision: 4 }],
  [{ kind: "idempotency-key-reused" }, 422, "idempotency_key_reused", {}],
];

const failures: readonly [Failure, number, ProblemCode, object][] = [
  ...refusals.map(([refusal, status, code, members]): [Failure, number, ProblemCode, object] => [
    { kind: "refused", refusal },
    status,
    code,
    members,
  ]),
  [{ kind: "contention" }, 503, "contention", {}],
  [
    { kind: "invalid", errors: [{ path: "body", message: "is missing" }] },
    400,
    "validation_failed",
    { errors: [{ path: "body", message: "is missing" }] },
  ],
  [{ kind: "no-such-route" }, 404, "not_found", {}],
  [{ kind: "too-large", mostBytes: 262_144 }, 413, "payload_too_large", { detail: expect.stringContaining("262144") }],
  [{ kind: "not-json" }, 415, "unsupported_media_type", {}],
  [{ kind: "unexpected", requestId: "request-1" }, 500, "internal_error", { requestId: "request-1" }],
];

describe("a problem", () => {
  it.each(failures)("of %j is a %i %s of the published shape", (failure, status, code, members) => {
    const problem = problemOf(failure);
    expect(problem).toMatchObject({
      status,
      code,
      type: `urn:inventory:problem:${code}`,
      title: problemCodes[code].title,
      detail: expect.stringMatching(/\.$/),
      ...members,
    });
    expect(z.safeParse(problemSchemas[code], problem).error?.issues).toBeUndefined();
  });

  it("has one of the codes, and every code is given by something", () => {
    expect(new Set(failures.map(([, , code]) => code))).toEqual(new Set(Object.keys(problemCodes)));
  });

  it("of contention says when to come again", () => {
    expect(problemHeaders({ code: "contention" })).toMatchObject({
      "content-type": "application/problem+json",
      "retry-after": "1",
    });
    expect(problemHeaders({ code: "not_found" })).not.toHaveProperty("retry-after");
  });
});

describe("the page about problems", () => {
  it("has each code with its status", () => {
    const page = readFileSync(new URL("../../docs/problems.md", import.meta.url), "utf8");
    for (const [code, { status }] of Object.entries(problemCodes)) {
      expect(page).toContain(`| ${status} | \`${code}\` |`);
    }
  });
});
