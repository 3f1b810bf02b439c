/** What a table that is given up has may be why it is given up: broken, or written by a version that was taken back. */
import { NewerFormError, OutdatedFormError } from "../../functions/storage/schema.ts";
import { readable } from "../../functions/storage/stored-item.ts";

/** What is read, or null where it cannot be read: it has not its shape, or a form that this version does not know. */
export function legible<T>(read: () => T): T | null {
  try {
    return readable(read);
  } catch (error) {
    if (error instanceof NewerFormError || error instanceof OutdatedFormError) {
      return null;
    }
    throw error;
  }
}
