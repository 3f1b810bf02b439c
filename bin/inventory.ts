/** The CDK app: reads the configuration from the context, makes the stack, and has the rule packs look at it. */
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { ConfigurationError, readConfiguration } from "../lib/configuration.ts";
import { InventoryStack } from "../lib/inventory-stack.ts";

const app = new App({ analyticsReporting: false });
try {
  new InventoryStack(app, readConfiguration(app.node));
} catch (error) {
  if (!(error instanceof ConfigurationError)) {
    throw error;
  }
  console.error(error.message);
  process.exit(1);
}
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
