/** What a `PUT` means for something that has a revision. */
import { type Refusal, refused } from "./refusal.ts";

export type Replacement =
  /** It is described like this already: nothing changes. */
  | { readonly kind: "unchanged" }
  /** 0 stands for something that is not there yet. */
  | { readonly kind: "write"; readonly seenRevision: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** `isSame` tells whether the present description equals the wished one; `present` is null when there is none. */
export function decideReplacement<T extends { readonly revision: number }>(
  present: T | null,
  isSame: (present: T) => boolean,
  condition: { readonly expectedRevision: number | null; readonly mustExist: boolean },
): Replacement {
  const revision = present?.revision ?? 0;
  const isUnexpected = condition.expectedRevision !== null && condition.expectedRevision !== revision;
  if (isUnexpected || (condition.mustExist && present === null)) {
    return refused({ kind: "version-conflict", revision });
  }
  return present !== null && isSame(present) ? { kind: "unchanged" } : { kind: "write", seenRevision: revision };
}
