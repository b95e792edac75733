#!/bin/sh
# Installs the accessibility checker for the browser tests beside them (never into the repository).
set -eu
cd "$(dirname "$0")"
npm install --no-save --no-package-lock --no-audit --no-fund --silent axe-core@4.14.1
