/** The tables of docs/costs.md: each stands between two comments with its name, and the text around them is written by hand. */
import { type Billed, type Price, prices } from "./price-list.ts";
import { shops, workOf } from "./shops.ts";
import { type StandingStack, standingStack, standingWork } from "./stack.ts";
import { alone, expiry, full, type Life, type Step, sale, wholeOf } from "./steps.ts";
import { serviceNames, services, sumOf, usdOf, type Work } from "./work.ts";

const million = 1_000_000;

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map((_, index) => (index === 0 ? "---" : "---:"))), ...rows.map(row)].join("\n");
}

function dollars(usd: number): string {
  if (usd === 0) {
    return "–";
  }
  return usd < 100 ? usd.toFixed(2) : Math.round(usd).toLocaleString("en");
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function priceCells({ title, usd, per, page, readAt }: Price): readonly string[] {
  const amount = (usd * per.units).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 });
  const seen = readAt === null ? "**not confirmed**" : `[${readAt.day ?? "no date"}](${readAt.address})`;
  return [title, `${amount} per ${per.name}`, `[AWS](${page})`, seen];
}

/** Each step at a million, by part of the bill. */
function stepsTable(steps: readonly Step[]): string {
  const shown = serviceNames.filter((service) => steps.some(({ work }) => usdOf(work, services[service]) > 0));
  const cells = (title: string, work: Work): readonly string[] => [
    title,
    ...shown.map((service) => dollars(million * usdOf(work, services[service]))),
    dollars(million * usdOf(work)),
    percent(usdOf(work) / usdOf(wholeOf(steps))),
  ];
  return table(
    ["of a million, in dollars", ...shown, "together", "share"],
    [...steps.map(({ title, work }) => cells(title, work)), cells("**all**", wholeOf(steps))],
  );
}

/** The same life under other settings and circumstances. */
function settingsTable(usual: Life): string {
  const usualUsd = usdOf(wholeOf(sale(usual)));
  const without = (...left: readonly Billed[]): Work => {
    const work = wholeOf(sale(usual));
    return Object.fromEntries(Object.entries(work).filter(([name]) => !left.some((each) => each === name)));
  };
  const variants: readonly (readonly [string, Work])[] = [
    ["as above: one line, the service chooses, batches of one", wholeOf(sale(usual))],
    ["the location is given", wholeOf(sale({ ...usual, locations: "given" }))],
    ["whole batches (100 records, 10 messages)", wholeOf(sale({ ...usual, batches: full }))],
    ["five lines", wholeOf(sale({ ...usual, lines: 5 }))],
    ["an `Idempotency-Key` with the reservation", wholeOf(sale({ ...usual, hasKey: true }))],
    ["`usualHold` of 15 minutes", wholeOf(sale({ ...usual, holdMinutes: 15 }))],
    ["`usualHold` of 24 hours", wholeOf(sale({ ...usual, holdMinutes: 24 * 60 }))],
    ["the part of all logs, left out", without("loggedGb")],
    ["nothing traced", without("traces")],
    [
      "every invocation traced, as in a shop with less than one a second",
      sumOf(without("traces"), { traces: wholeOf(sale(usual)).invocations ?? 0 }),
    ],
    [
      "the part of the index of movements by reservation, left out",
      sumOf(wholeOf(sale(usual)), { writeUnits: -2 * usual.lines }),
    ],
  ];
  return table(
    ["a million sales", "dollars", "difference"],
    variants.map(([title, work]) => {
      const usd = usdOf(work);
      const difference = Math.round(100 * (usd / usualUsd - 1));
      return [
        title,
        dollars(million * usd),
        difference === 0 ? "" : `${difference > 0 ? "+" : "–"}${Math.abs(difference)} %`,
      ];
    }),
  );
}

function largestOf(steps: readonly Step[]): string {
  const whole = wholeOf(steps);
  const parts = (Object.keys(prices) as Billed[])
    .map((name) => ({ name, usd: usdOf(whole, [name]) }))
    .filter(({ usd }) => usd > 0)
    .toSorted((a, b) => b.usd - a.usd)
    .slice(0, 5);
  return table(
    ["of a million sales", "amount", "dollars", "share"],
    parts.map(({ name, usd }) => [
      prices[name].title,
      Math.round(million * (whole[name] ?? 0)).toLocaleString("en"),
      dollars(million * usd),
      percent(usd / usdOf(whole)),
    ]),
  );
}

/** A month of each shop, by what it is for and by part of the bill. */
function shopsTable(stack: StandingStack): string {
  const standing = standingWork(stack);
  const bills = shops.map((shop) => ({ ...workOf(shop, stack.memory), ...standing }));
  const whole = bills.map((bill) => sumOf(...Object.values(bill)));
  const rows = Object.keys(bills[0] ?? {}).map((purpose) => [
    purpose,
    ...bills.map((bill) => dollars(usdOf(bill[purpose] ?? {}))),
  ]);
  const ofService = serviceNames.map((service) => [
    `of this, ${service}`,
    ...whole.map((work) => dollars(usdOf(work, services[service]))),
  ]);
  return table(
    ["dollars a month", ...shops.map(({ name }) => name)],
    [
      ...rows,
      ["**together**", ...whole.map((work) => `**${dollars(usdOf(work))}**`)],
      ...ofService,
      ["an order", ...whole.map((work, index) => (usdOf(work) / (shops[index]?.orders ?? 1)).toFixed(4))],
    ],
  );
}

function shopsDescribed(): string {
  const number = (value: number): string => value.toLocaleString("en");
  const rows: readonly (readonly [string, (shop: (typeof shops)[number]) => number])[] = [
    ["orders, held, paid and shipped", ({ orders }) => orders],
    ["carts that lapse", ({ lapsed }) => lapsed],
    ["lines of each", ({ lines }) => lines],
    ["pages that ask for 20 SKUs", ({ pages }) => pages],
    ["adjustments of five levels", ({ adjustments }) => adjustments],
    ["programs that keep a token", ({ callers }) => callers],
    ["clients of the user pool", ({ clients }) => clients],
    ["records to the stream's reader at a time", ({ batches }) => batches.records],
    ["messages to a consumer at a time", ({ batches }) => batches.messages],
    ["months of history kept", ({ monthsOfHistory }) => monthsOfHistory],
  ];
  return table(
    ["a month", ...shops.map(({ name }) => name)],
    rows.map(([title, of]) => [title, ...shops.map((shop) => number(of(shop)))]),
  );
}

function provisionedLine({ memory }: StandingStack): string {
  const gbSeconds = (memory.storefront / 1_024) * 30 * 86_400;
  const usd = usdOf({ provisionedGbSeconds: gbSeconds });
  return `An environment of the storefront that is kept started (${memory.storefront.toLocaleString("en")} MB): ${dollars(usd)} dollars a month.`;
}

/** All parts that are computed, by name. */
export function computedParts(): Readonly<Record<string, string>> {
  const stack = standingStack();
  const usual: Life = {
    lines: 1,
    locations: "chosen",
    batches: alone,
    memory: stack.memory,
    holdMinutes: 30,
    hasKey: false,
  };
  return {
    prices: table(["", "dollars", "page", "read"], Object.values(prices).map(priceCells)),
    sales: stepsTable(sale(usual)),
    lapses: stepsTable(expiry(usual)),
    largest: largestOf(sale(usual)),
    settings: settingsTable(usual),
    provisioned: provisionedLine(stack),
    "what shops do": shopsDescribed(),
    shops: shopsTable(stack),
  };
}

/** The document with its computed parts as they are given. Throws when one has no place in it. */
export function withComputedParts(document: string, parts: Readonly<Record<string, string>>): string {
  let text = document;
  for (const [name, part] of Object.entries(parts)) {
    const [begin, end] = [`<!-- computed: ${name} -->`, `<!-- end: ${name} -->`];
    const [before, rest] = text.split(begin);
    const [, after] = rest?.split(end) ?? [];
    if (before === undefined || after === undefined) {
      throw new Error(`docs/costs.md has no place for the computed part ${name}.`);
    }
    text = `${before}${begin}\n${part}\n${end}${after}`;
  }
  return text;
}
