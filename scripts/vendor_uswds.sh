#!/bin/sh
# Builds the part of the U.S. Web Design System the portal uses and lays it in static/vendor/.
# A person runs this when raising the version, looks at the difference and commits it. Building, testing
# and running the portal never need Node.
set -eu

USWDS=3.14.0
SASS=1.108.2
here=$(cd "$(dirname "$0")" && pwd)
target="$here/../static/vendor/uswds-$USWDS"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
npm pack --silent "@uswds/uswds@$USWDS"
tar xzf "uswds-uswds-$USWDS.tgz"
npm install --silent --no-save "sass@$SASS"

mkdir out
npx --no-install sass --load-path=package/packages --style=compressed --no-source-map --quiet \
    "$here/uswds.scss" out/uswds.css

# Only the pictures that the stylesheet names.
grep -o 'url("img/[^"]*")' out/uswds.css | sed 's/url("\(.*\)")/\1/' | sort -u | while read -r image; do
    mkdir -p "out/$(dirname "$image")"
    cp "package/dist/$image" "out/$image"
done
cp package/LICENSE.md out/LICENSE.md
(cd out && find . -type f | LC_ALL=C sort | xargs sha256sum >"$work/SHA256SUMS")

rm -rf "$target"
mkdir -p "$(dirname "$target")"
mv out "$target"
mv SHA256SUMS "$target/SHA256SUMS"
echo "Wrote $target"
