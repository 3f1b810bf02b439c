/** A synthesised CloudFormation template: reading it, and working out what its intrinsic functions stand for. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
}

/** A template that cannot be hosted; the message names the resource and what is wrong with it. */
export class UnsupportedTemplateError extends Error {
  override readonly name = "UnsupportedTemplateError";
}

/** What other resources can say of a resource: its `Ref` and its attributes. */
export interface ResourceValues {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Everything local is in this account and Region. */
export const accountId = "000000000000";
export const region = "eu-west-1";

const pseudoParameters: Readonly<Record<string, string>> = {
  "AWS::AccountId": accountId,
  "AWS::Region": region,
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
  "AWS::StackName": "local",
  "AWS::StackId": `arn:aws:cloudformation:${region}:${accountId}:stack/local/local`,
};

export type Values = ReadonlyMap<string, ResourceValues>;

interface Manifest {
  readonly artifacts: Readonly<
    Record<string, { readonly type: string; readonly properties?: Record<string, unknown> }>
  >;
}

/**
 * Reads the one template of a cloud assembly: the one that its manifest names, because templates of earlier
 * syntheses may lie beside it. Throws when there is none, or more than one.
 */
export function readTemplate(assemblyDirectory: string): Template {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(assemblyDirectory, name), "utf8"));
  const { artifacts } = read("manifest.json") as Manifest;
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === "aws:cloudformation:stack");
  const [stack, ...others] = stacks;
  if (stack === undefined || others.length > 0) {
    const names = stacks.map(([name]) => name).join(", ");
    throw new UnsupportedTemplateError(`One stack is hosted, and ${assemblyDirectory} has ${names || "none"}.`);
  }
  return read(String(stack[1].properties?.["templateFile"])) as Template;
}

/** The resources of a type, in the template's order. */
export function resourcesOf(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/**
 * The properties of a resource. Throws when there is one that is neither hosted nor known to change nothing
 * here, because what is passed over in silence would work otherwise in an account than on this machine.
 */
export function propertiesOf(
  logicalId: string,
  resource: Resource,
  known: { readonly hosted: readonly string[]; readonly ignored?: readonly string[] },
): Readonly<Record<string, unknown>> {
  if (resource.Condition !== undefined) {
    throw new UnsupportedTemplateError(`${logicalId} has a condition; conditions are not supported here.`);
  }
  const properties = resource.Properties ?? {};
  const unknown = Object.keys(properties).filter(
    (name) => !known.hosted.includes(name) && !(known.ignored ?? []).includes(name),
  );
  if (unknown.length > 0) {
    throw new UnsupportedTemplateError(
      `${logicalId} (${resource.Type}) has properties that are not hosted here: ${unknown.join(", ")}.`,
    );
  }
  return properties;
}

/** Works out `Ref`, `Fn::GetAtt`, `Fn::Join`, `Fn::Sub`, `Fn::Select` and `Fn::Split`, to any depth. */
export class Resolver {
  private readonly template: Template;
  private readonly values: Values;

  constructor(template: Template, values: Values) {
    this.template = template;
    this.values = values;
  }

  /** The value without intrinsic functions. Throws on one that is not supported and on an unknown name. */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map((part) => this.resolve(part));
    }
    if (typeof value !== "object" || value === null) {
      return value;
    }
    const entries = Object.entries(value);
    const [first] = entries;
    if (entries.length === 1 && first !== undefined && (first[0] === "Ref" || first[0].startsWith("Fn::"))) {
      return this.call(first[0], first[1]);
    }
    return Object.fromEntries(entries.map(([name, part]) => [name, this.resolve(part)]));
  }

  /** As `resolve`, for what must be a text; numbers and truth values are written out. */
  text(value: unknown): string {
    const resolved = this.resolve(value);
    if (typeof resolved === "object" || resolved === undefined) {
      throw new UnsupportedTemplateError(`A text was expected instead of ${JSON.stringify(value)}.`);
    }
    return String(resolved);
  }

  private call(name: string, argument: unknown): unknown {
    switch (name) {
      case "Ref":
        return this.reference(String(argument));
      case "Fn::GetAtt": {
        const [logicalId = "", ...attribute] = Array.isArray(argument) ? argument : String(argument).split(".");
        return this.attribute(String(logicalId), attribute.join("."));
      }
      case "Fn::Join": {
        const [separator, parts] = argument as [string, unknown];
        return (this.resolve(parts) as unknown[]).map((part) => this.text(part)).join(separator);
      }
      case "Fn::Sub":
        return this.substitute(argument);
      case "Fn::Select": {
        const [index, list] = argument as [string | number, unknown];
        return (this.resolve(list) as unknown[])[Number(index)];
      }
      case "Fn::Split": {
        const [separator, text] = argument as [string, unknown];
        return this.text(text).split(separator);
      }
      default:
        throw new UnsupportedTemplateError(`The intrinsic function ${name} is not supported here.`);
    }
  }

  private substitute(argument: unknown): string {
    const [pattern, names] = Array.isArray(argument)
      ? (argument as [string, Record<string, unknown>])
      : [String(argument), {}];
    return pattern.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal === "!") {
        return `\${${name}}`;
      }
      if (name in names) {
        return this.text(names[name]);
      }
      const dot = name.indexOf(".");
      return dot === -1 ? this.reference(name) : this.attribute(name.slice(0, dot), name.slice(dot + 1));
    });
  }

  private reference(name: string): string {
    const value = this.values.get(name)?.ref ?? pseudoParameters[name] ?? this.template.Parameters?.[name]?.Default;
    if (typeof value !== "string") {
      throw new UnsupportedTemplateError(`Nothing is known here that { "Ref": "${name}" } could stand for.`);
    }
    return value;
  }

  private attribute(logicalId: string, attribute: string): string {
    const value = this.values.get(logicalId)?.attributes[attribute];
    if (value === undefined) {
      throw new UnsupportedTemplateError(`The attribute ${attribute} of ${logicalId} is not known here.`);
    }
    return value;
  }
}
