/**
 * SQS and SNS take the characters of XML 1.0: of those that JSON writes as they are, U+FFFE and U+FFFF are none.
 * Characters of two halves, such as most emoji, are taken by SQS and not by every emulator of it.
 */
const notTakenEverywhere = /[\ud800-\udfff\ufffe\uffff]/g;

/**
 * A message as JSON that every queue and topic takes, whatever texts of a caller's it carries: one message that is
 * refused holds up all behind it.
 */
export function bodyOf(message: unknown): string {
  return JSON.stringify(message).replaceAll(notTakenEverywhere, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
}
