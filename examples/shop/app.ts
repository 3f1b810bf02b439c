/** `npm run build`, which makes the package that is imported, and `npx cdk synth -a "node examples/shop/app.ts"` */
import { App } from "aws-cdk-lib";
import { ShopStack } from "./shop-stack.ts";

new ShopStack(new App(), "Shop");
