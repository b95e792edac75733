// Seals and opens with npm's wechat-crypto: one JSON object in on each line, one out.
"use strict";
const WXBizMsgCrypt = require("wechat-crypto");
const lines = require("readline").createInterface({ input: process.stdin });

lines.on("line", (line) => {
  const ask = JSON.parse(line);
  const crypt = new WXBizMsgCrypt(ask.token, ask.aesKey, ask.appId);
  const answer = {};
  if (ask.seal !== undefined) {
    answer.sealed = crypt.encrypt(ask.seal);
    answer.signature = crypt.getSignature(ask.timestamp, ask.nonce, answer.sealed);
  }
  if (ask.open !== undefined) {
    const opened = crypt.decrypt(ask.open);
    answer.message = opened.message;
    answer.id = opened.id;
    answer.signature = crypt.getSignature(ask.timestamp, ask.nonce, ask.open);
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
