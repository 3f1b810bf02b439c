/** A small SVG: units sold over time, one line for each way. Readable on light and dark. */
import type { Simulated } from "./targets.ts";

const width = 760;
const height = 380;
const left = 60;
const right = 210;
const top = 40;
const bottom = 50;
/** Told apart by people with colour-blindness, on white and on black (Okabe and Ito, 2008). */
const colours = ["#d55e00", "#cc79a7", "#e69f00", "#0072b2", "#009e73"];

/** Sums so far, by tenths of a second, from 0. */
function sums(tenths: readonly number[]): readonly number[] {
  let sum = 0;
  return [
    0,
    ...tenths.map((count) => {
      sum += count;
      return sum;
    }),
  ];
}

export function plotOf(runs: readonly Simulated[]): string {
  const lines = runs.map(({ settings, result }) => ({ title: settings.way.title, sold: sums(result.servedInTenths) }));
  const tenths = 100;
  const most = Math.max(1, ...runs.map(({ settings }) => settings.units));
  const x = (tenth: number): string => (left + (tenth / tenths) * (width - left - right)).toFixed(1);
  const y = (sold: number): string => (height - bottom - (sold / most) * (height - top - bottom)).toFixed(1);
  const curves = lines.map(({ title, sold }, at) => {
    const colour = colours[at % colours.length];
    const points = sold.slice(0, tenths + 1).map((units, tenth) => `${x(tenth)},${y(units)}`);
    const lastSold = sold.slice(0, tenths + 1).at(-1) ?? 0;
    points.push(`${x(tenths)},${y(lastSold)}`);
    const keyY = top + 20 + at * 24;
    return `  <polyline fill="none" stroke="${colour}" stroke-width="2.5" points="${points.join(" ")}"/>
  <line x1="${width - right + 16}" x2="${width - right + 36}" y1="${keyY}" y2="${keyY}" stroke="${colour}" stroke-width="3"/>
  <text x="${width - right + 42}" y="${keyY + 4}">${title}</text>`;
  });
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const units = Math.round(share * most);
    return `  <line class="grid" x1="${left}" x2="${width - right}" y1="${y(units)}" y2="${y(units)}"/>
  <text x="${left - 8}" y="${Number(y(units)) + 4}" text-anchor="end">${units}</text>`;
  });
  const seconds = [0, 2, 4, 6, 8, 10].map(
    (second) => `  <text x="${x(second * 10)}" y="${height - bottom + 20}" text-anchor="middle">${second}</text>`,
  );
  const [first] = runs;
  const title =
    first === undefined
      ? "Units sold"
      : `${first.settings.units} units, ${first.settings.buyers} buyers at ${first.settings.buyersPerSecond} a second`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: units sold over seconds">
  <style>
    text { font: 13px system-ui, sans-serif; fill: #444 }
    .grid { stroke: #8886; stroke-width: 1 }
    @media (prefers-color-scheme: dark) { text { fill: #ccc } }
  </style>
  <text x="${left}" y="22">${title}: units sold over time</text>
${grid.join("\n")}
${seconds.join("\n")}
  <text x="${x(50)}" y="${height - 8}" text-anchor="middle">seconds</text>
${curves.join("\n")}
</svg>
`;
}
