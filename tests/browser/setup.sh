#!/bin/sh
# Installs what the browser tests need beside them (never into the repository): the accessibility
# checker, and Chromium 64 of 2018, the oldest browser that the page supports.
set -eu
cd "$(dirname "$0")"
npm install --no-save --no-package-lock --no-audit --no-fund --silent --ignore-scripts axe-core@4.14.1 chrome-aws-lambda@0.13.0
mkdir -p node_modules/chromium-64
node -e "
const fs = require('fs'), zlib = require('zlib');
const packed = fs.readFileSync('node_modules/chrome-aws-lambda/bin/chromium-64.0.3264.0.br');
fs.writeFileSync('node_modules/chromium-64/chromium', zlib.brotliDecompressSync(packed), { mode: 0o755 });
"
