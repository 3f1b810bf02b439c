/** The stack as a template, without bundling: nothing that the tests of the stack look at is in the code of a function. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { App, type Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { readConfiguration } from "../../lib/configuration.ts";
import { InventoryStack } from "../../lib/inventory-stack.ts";

export const root = join(import.meta.dirname, "..", "..");

export const { context: contextOfTheApp } = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")) as {
  readonly context: Readonly<Record<string, unknown>>;
};

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties are looked at one by one by the test that asked for them.
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** The template of a stack, from an app that bundles nothing and leaves no files behind. */
export function templateOf(context: Readonly<Record<string, unknown>>, makeStack: (app: App) => Stack): Template {
  const app = new App({ analyticsReporting: false, context: { ...context, "aws:cdk:bundling-stacks": [] } });
  try {
    return Template.fromStack(makeStack(app));
  } finally {
    rmSync(app.outdir, { recursive: true, force: true });
  }
}

/** A synthesised template and what is asked of it again and again. */
export class Synthesised {
  private readonly template: Template;

  /** What `bin/inventory.ts` makes from `cdk.json` and these further settings, given without their prefix. */
  constructor(settings: Readonly<Record<string, unknown>> = {}) {
    const named = Object.entries(settings).map(([name, value]) => [`inventory:${name}`, value]);
    this.template = templateOf({ ...contextOfTheApp, ...Object.fromEntries(named) }, (app) => {
      return new InventoryStack(app, readConfiguration(app.node));
    });
  }

  /** Logical ids and resources of a type. */
  of(type: string): readonly (readonly [string, Resource])[] {
    return Object.entries(this.template.findResources(type)) as [string, Resource][];
  }

  /** All resources. */
  all(): readonly (readonly [string, Resource])[] {
    return Object.entries((this.template.toJSON() as { Resources: Record<string, Resource> }).Resources);
  }

  /** The one resource of the type whose logical id begins so. */
  one(type: string, beginning: string): readonly [string, Resource] {
    const found = this.of(type).filter(([logicalId]) => logicalId.startsWith(beginning));
    const [first] = found;
    if (first === undefined || found.length > 1) {
      throw new Error(`There are ${found.length} resources of type ${type} that begin with ${beginning}.`);
    }
    return first;
  }
}

/** The service as `cdk.json` describes it, for production. */
export const prod = new Synthesised();

/** The same for development. */
export const dev = new Synthesised({ stage: "dev" });

/**
 * A value of a template as a short text: `StorageMovements` for an ARN or a reference, `StorageInventory.StreamArn`
 * for another attribute, and texts put together as they are. The service's own name and CDK's hashes are left out.
 */
export function named(value: unknown): string {
  if (typeof value === "string") {
    return value;
  }
  const {
    Ref,
    "Fn::GetAtt": attribute,
    "Fn::Join": join,
  } = value as {
    readonly Ref?: string;
    readonly "Fn::GetAtt"?: readonly [string, string];
    readonly "Fn::Join"?: readonly [string, readonly unknown[]];
  };
  if (Ref !== undefined) {
    return shortOf(Ref);
  }
  if (attribute !== undefined) {
    return attribute[1] === "Arn" ? shortOf(attribute[0]) : `${shortOf(attribute[0])}.${attribute[1]}`;
  }
  if (join !== undefined) {
    return join[1].map(named).join(join[0]);
  }
  throw new Error(`${JSON.stringify(value)} is no text, reference, attribute or join.`);
}

/** A logical id without the service's own name and CDK's hash. */
export function shortOf(logicalId: string): string {
  return logicalId.replace(/^Service/, "").replace(/[0-9A-F]{8}$/, "");
}
