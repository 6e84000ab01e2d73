import { dataDir } from "./paths.ts";
import { verificationText } from "./verify/verificationText.ts";
import { verifyOutputs } from "./verify/verifyOutputs.ts";

// `npm run verify`: are the outputs below FLIGHTS_DATA_DIR equal to the source? Exit code 1 if they are not.
const verification = await verifyOutputs(dataDir());
console.log(verificationText(verification));
if (verification.problems.length > 0) process.exitCode = 1;
