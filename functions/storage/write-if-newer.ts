import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";

/**
 * Sends a write whose condition says that what is stored is older or absent. True when it was written; false
 * when the same or something newer is there, which for a derived figure means that all is well.
 */
export async function writeIfNewer(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return false;
    }
    throw error;
  }
}
