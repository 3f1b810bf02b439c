/**
 * Who may call what, written down a second time on purpose: the routes are made from another list
 * (`functions/contract/routes.ts`), and whoever widens a scope there must do so here as well, knowing it.
 */
import type { Scope } from "../../functions/contract/routes.ts";

const [read, reserve, manage] = ["inventory/read", "inventory/reserve", "inventory/manage"] as const;

/** A token with any one of these scopes may call; none means that no token is needed. */
export const audiences: Readonly<Record<string, readonly Scope[]>> = {
  "GET /v1/health": [],
  "GET /v1/openapi.json": [],

  "GET /v1/availability": [read],
  "POST /v1/reservations": [reserve],
  "GET /v1/reservations": [reserve, manage],
  "GET /v1/reservations/{reservationId}": [reserve, manage],
  "PUT /v1/reservations/{reservationId}/lines": [reserve],
  "POST /v1/reservations/{reservationId}/extend": [reserve],
  "POST /v1/reservations/{reservationId}/commit": [reserve],
  "POST /v1/reservations/{reservationId}/release": [reserve],

  "POST /v1/reservations/{reservationId}/fulfill": [manage],
  "POST /v1/reservations/{reservationId}/return": [manage],
  "GET /v1/locations": [read, manage],
  "GET /v1/locations/{locationId}": [read, manage],
  "PUT /v1/locations/{locationId}": [manage],
  "GET /v1/items": [read, manage],
  "GET /v1/items/{sku}": [read, manage],
  "PUT /v1/items/{sku}": [manage],
  "GET /v1/levels": [read, manage],
  "GET /v1/levels/{sku}/{locationId}": [read, manage],
  "PATCH /v1/levels/{sku}/{locationId}": [manage],
  "POST /v1/levels/{sku}/{locationId}/cells": [manage],
  "POST /v1/adjustments": [manage],
  "GET /v1/movements": [read, manage],
  "GET /v1/backorders": [read, manage],
  "GET /v1/alerts": [read, manage],
};
