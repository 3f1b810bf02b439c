/** Every problem that the service itself answers with: the stable code, its HTTP status, and its title. */
export const problemCodes = {
  validation_failed: { status: 400, title: "The request is not valid" },
  not_found: { status: 404, title: "There is no such thing" },
  unknown_sku: { status: 404, title: "The SKU is not known" },
  unknown_location: { status: 404, title: "The location is not known" },
  insufficient_stock: { status: 409, title: "There is not enough stock" },
  purchase_limit_exceeded: { status: 409, title: "One customer may not have so much of it" },
  hold_limit_exceeded: { status: 409, title: "The customer has too many holds open" },
  kit_has_no_stock: { status: 409, title: "The item is a kit" },
  merge_first: { status: 409, title: "The level is split into cells" },
  cells_and_backorders: { status: 409, title: "A level has either cells or backorders" },
  invalid_transition: { status: 409, title: "The reservation's status does not allow this" },
  would_oversell: { status: 409, title: "Promised stock would be taken away" },
  reservation_exists: { status: 409, title: "The id is taken by another reservation" },
  reservation_ended: { status: 409, title: "The reservation with this id has ended" },
  reservation_expired: { status: 410, title: "The hold has expired and its stock is gone" },
  version_conflict: { status: 412, title: "It has changed since it was read" },
  quantity_conflict: { status: 412, title: "The quantity is not the expected one" },
  payload_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The body must be JSON" },
  idempotency_key_reused: { status: 422, title: "The idempotency key belongs to another request" },
  reservation_too_large: { status: 422, title: "The reservation is too large" },
  internal_error: { status: 500, title: "Something went wrong here" },
  contention: { status: 503, title: "Too many requests for the same stock at once" },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof problemCodes;

/** The problem's `type`: a name and no address. `docs/problems.md` has a section for each. */
export function problemType(code: ProblemCode): string {
  return `urn:inventory:problem:${code}`;
}
