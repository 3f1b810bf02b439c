/** The values that requests and answers are made of. Messages name what is allowed, so that a caller can act on them. */
import * as z from "zod/mini";
// By its own path: `z.locales` would bring all the languages along. Without a language every message is "Invalid input".
import en from "zod/v4/locales/en.js";

z.config(en());

/** The largest quantity of a request: a signed 32-bit integer, so that every client can hold it. */
export const largestQuantity = 2_147_483_647;

const identifierPattern = /^(?!\.{1,2}$)[A-Za-z0-9._:~+-]+$/;
const identifierMessage = "must be 1 to 128 characters of A–Z a–z 0–9 . _ : ~ + - and neither . nor ..";

function identifier(id: string, description: string) {
  return z
    .string()
    .check(
      z.minLength(1, { error: identifierMessage, abort: true }),
      z.maxLength(128, { error: identifierMessage, abort: true }),
      z.regex(identifierPattern, identifierMessage),
      z.meta({ id, description }),
    );
}

export const sku = identifier("Sku", "One sellable variant.");
export const locationId = identifier("LocationId", "A place that holds stock.");
export const reservationId = identifier("ReservationId", "A reservation.");

/** Neither control characters nor half of a surrogate pair, which no store could give back unchanged. */
const printablePattern = /^[^\p{Cc}\p{Cs}]+$/u;
/** The same for the API's description, where every language's regular expressions must understand it. */
const publishedPattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$";

/**
 * Text of the caller's own, kept as it is: 1 to `most` characters, no control characters. A character is a code
 * point, as JSON Schema counts them, where JavaScript's own length counts most emoji as two.
 */
export function text(most: number, description: string) {
  return z.string().check(
    z.minLength(1, { error: "must not be empty", abort: true }),
    z.refine((value) => value.length <= most || [...value].length <= most, {
      error: `must be at most ${most} characters`,
      abort: true,
    }),
    z.regex(printablePattern, "must hold neither control characters nor unpaired surrogates"),
    z.meta({ description, override: { maxLength: most, pattern: publishedPattern } }),
  );
}

/**
 * Text that ends up on a level: its limit counts bytes, because a level must stay under 1 KB to be written
 * as one unit.
 */
export function shortText(mostBytes: number, description: string) {
  return text(mostBytes, `${description} At most ${mostBytes} bytes in UTF-8.`).check(
    z.refine((value) => Buffer.byteLength(value, "utf8") <= mostBytes, {
      error: `must be at most ${mostBytes} bytes in UTF-8; characters outside ASCII take 2 to 4 bytes each`,
    }),
  );
}

const wholeNumber = "must be a whole number";

export function integer(least: number, most: number, description: string) {
  const range = `must be a whole number from ${least} to ${most}`;
  return z.int(range).check(z.gte(least, range), z.lte(most, range), z.meta({ description }));
}

export const quantity = integer(1, largestQuantity, "Units.");

/** A figure of an answer: whole, of any size. */
export function figure(description: string) {
  return z.int(wholeNumber).check(z.meta({ description, override: { minimum: undefined, maximum: undefined } }));
}

const timeMessage = "must be an ISO 8601 time with a zone, such as 2027-01-31T12:00:00Z";
const isoTime = z.iso.datetime({ offset: true, error: timeMessage });

/** A time of a request, as milliseconds since the epoch. */
export function timeMs(description: string) {
  return z
    .pipe(
      isoTime,
      z.transform((value: string) => Date.parse(value)),
    )
    .check(z.meta({ description, override: { type: "string", format: "date-time", pattern: undefined } }));
}

/** A time of a request that is kept as text, in UTC. */
export function timeUtc(description: string) {
  return z
    .pipe(
      isoTime,
      z.transform((value: string) => new Date(value).toISOString()),
    )
    .check(z.meta({ description, override: { type: "string", format: "date-time", pattern: undefined } }));
}

/** When units are expected, and from when on an item is sold. */
export const restockAt = timeUtc("When new stock is expected.");
export const availableFrom = timeUtc("Before this time the item is a preorder: sold against its headroom only.");

/** A time of an answer, in UTC with milliseconds. */
export function time(description: string) {
  return z.iso.datetime().check(z.meta({ description, override: { pattern: undefined } }));
}

/** ISO 3166-1 alpha-2. */
export const countryCode = z
  .string()
  .check(
    z.regex(/^[A-Z]{2}$/, "must be a country code of two capital letters (ISO 3166-1 alpha-2)"),
    z.meta({ description: "ISO 3166-1 alpha-2." }),
  );

/** Far less than the width of an atom, and far more than the smallest number that a table holds (1e-130). */
const leastDegrees = 1e-20;

export function degrees(most: 90 | 180, description: string) {
  const range = `must be a number from -${most} to ${most}`;
  return z.number(range).check(
    z.gte(-most, range),
    z.lte(most, range),
    z.overwrite((value) => (Math.abs(value) < leastDegrees ? 0 : value)),
    z.meta({ description }),
  );
}

const mostListed = 200;
const usuallyListed = 50;
const limitMessage = `must be a whole number from 1 to ${mostListed}`;

/** The parameters that every list takes. */
export const pageParameters = {
  limit: z._default(
    z
      .pipe(
        z.string().check(z.regex(/^([1-9][0-9]?|1[0-9]{2}|200)$/, limitMessage)),
        z.transform((value: string) => Number(value)),
      )
      .check(
        z.meta({
          description: "How many to list at most.",
          override: { type: "integer", minimum: 1, maximum: mostListed, default: usuallyListed, pattern: undefined },
        }),
      ),
    usuallyListed,
  ),
  cursor: z.optional(
    z
      .string()
      .check(
        z.regex(/^[A-Za-z0-9_-]{1,2048}$/, "is no cursor of this list"),
        z.meta({ description: "`nextCursor` of the page before." }),
      ),
  ),
};

/** One page of a list. */
export function page<T extends z.ZodMiniType>(item: T) {
  return z.strictObject({
    items: z.array(item),
    nextCursor: z
      .nullable(z.string())
      .check(z.meta({ description: "Gives the next page as `cursor`; null on the last one." })),
  });
}
