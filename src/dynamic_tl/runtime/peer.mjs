// Answers for the generated JavaScript in the folder argv[2]. Each line on stdin is a JSON array of [message, base64]
// pairs, each line on stdout the array of their verdicts: read the bytes, write them again, and take the digest.

import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { MESSAGES } = await import(pathToFileURL(path.join(process.argv[2], "index.mjs")).href);

function answer([name, data]) {
  try {
    const codec = MESSAGES[name];
    const message = codec.read(Buffer.from(data, "base64"));
    const bytes = codec.write(message);
    return ["accepted", Buffer.from(bytes).toString("base64"), codec.digest(message)];
  } catch (error) {
    // Anything but a refusal is a fault of the generated code, and a finding of the caller.
    return error.name === "MessageError" ? ["refused", error.code, error.pointer] : ["crashed", String(error), ""];
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(JSON.parse(line).map(answer))}\n`);
}
