#!/usr/bin/env bash
# What the tests need beyond .venv: a browser for the page tests, tesseract for those of scans. Without
# one, and without the right to install it, those tests are skipped and say so.
set -euo pipefail
missing="chromium tesseract-ocr"
for browser in chromium chromium-browser google-chrome; do
  command -v "$browser" > /dev/null && missing="${missing/chromium/}"
done
command -v tesseract > /dev/null && missing="${missing/tesseract-ocr/}"
missing="$(echo $missing)"
[ -z "$missing" ] && exit 0
if ! command -v apt-get > /dev/null; then
  echo "Not found: $missing. The page tests or those of scans will be skipped."
  exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo > /dev/null && sudo -n true 2> /dev/null && as_root="sudo -n" || {
    echo "Not found, and no right to install: $missing. The page tests or those of scans will be skipped."
    exit 0
  }
fi
echo "Installing $missing for the tests ..."
$as_root apt-get update -qq > /dev/null
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing > /dev/null
