import type { Invalid } from "./call.ts";

/** One page of a list as a capability gives it, or that the cursor is none of this list's. */
export type PageOrBadCursor<T> =
  | { readonly kind: "page"; readonly items: readonly T[]; readonly nextCursor: string | null }
  | { readonly kind: "bad-cursor" };

interface ListAnswer<R> {
  readonly kind: "done";
  readonly value: { readonly status: 200; readonly body: { items: R[]; nextCursor: string | null } };
}

/** Renders a page, or tells that the cursor is wrong. */
export function answerWithPage<T, R>(listing: PageOrBadCursor<T>, render: (item: T) => R): ListAnswer<R> | Invalid {
  if (listing.kind === "bad-cursor") {
    return { kind: "invalid", errors: [{ path: "query.cursor", message: "is no cursor of this list" }] };
  }
  const { items, nextCursor } = listing;
  return { kind: "done", value: { status: 200, body: { items: items.map(render), nextCursor } } };
}
