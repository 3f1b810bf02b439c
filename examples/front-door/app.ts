/** `npx cdk synth -a "node examples/front-door/app.ts"` after `npm run build`, with names and certificates of one's own. */
import { App } from "aws-cdk-lib";
import { frontDoor } from "./front-door.ts";

frontDoor(new App());
