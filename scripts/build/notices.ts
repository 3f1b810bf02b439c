/** Whose code is in the package, by the bill of materials that lists it. */

interface License {
  readonly id?: string;
  readonly name?: string;
  readonly text?: { readonly content: string; readonly encoding?: "base64" };
}

interface LicenseChoice {
  readonly license?: License;
  readonly expression?: string;
}

/** What is read of a component as CycloneDX has it. */
export interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly author?: string;
  readonly licenses?: readonly LicenseChoice[];
  readonly evidence?: { readonly licenses?: readonly LicenseChoice[] };
}

export interface BillOfMaterials {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
}

/** As it is called in npm's registry. */
export function packageNameOf({ group, name }: Component): string {
  return group === undefined ? name : `${group}/${name}`;
}

/** By its SPDX identifier or expression. */
export function licenseOf({ licenses = [] }: Component): string {
  return licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name).join(" AND ");
}

function textOf({ evidence }: Component): string {
  const texts = (evidence?.licenses ?? []).flatMap(({ license }) => license?.text ?? []);
  return texts
    .map(({ content, encoding }) =>
      Buffer.from(content, encoding ?? "utf8")
        .toString("utf8")
        .trim(),
    )
    .join("\n\n");
}

function titleOf(component: Component): string {
  const author = component.author === undefined ? "" : `, by ${component.author}`;
  return `${packageNameOf(component)} ${component.version} (${licenseOf(component)}${author})`;
}

/** The packages with the texts of their licences; a text that several have is given once. */
export function noticesOf({ components }: BillOfMaterials): string {
  const byText = Map.groupBy(components, textOf);
  const silent = byText.get("") ?? [];
  byText.delete("");
  const parts = [...byText].map(([text, those]) => `${those.map(titleOf).join("\n")}\n\n${text}`);
  return [
    "The functions in this package contain code of the packages below, under the licences that are named.",
    ...(silent.length === 0
      ? []
      : [
          `These bring no text of their licence, and name it in their package.json:\n\n${silent.map(titleOf).join("\n")}`,
        ]),
    ...parts,
  ].join(`\n\n${"-".repeat(100)}\n\n`);
}
