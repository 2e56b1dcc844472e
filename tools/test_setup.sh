#!/usr/bin/env bash
# What the tests need beyond .venv: a browser for the page tests. Without one, and without the right
# to install it, those tests are skipped and say so.
set -euo pipefail
for browser in chromium chromium-browser google-chrome; do
  command -v "$browser" > /dev/null && exit 0
done
if ! command -v apt-get > /dev/null; then
  echo "No chromium found: the page tests will be skipped."
  exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo > /dev/null && sudo -n true 2> /dev/null && as_root="sudo -n" || {
    echo "No chromium found and no right to install it: the page tests will be skipped."
    exit 0
  }
fi
echo "Installing chromium for the page tests ..."
$as_root apt-get update -qq > /dev/null
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium > /dev/null
