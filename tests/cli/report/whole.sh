# Invented times (1 us a step and 1 TFLOP/s) through the whole chain: the report finds exactly that again.
flopclock trace lenet5 alexnet resnet18 googlenet --backend null --probe fake --preset quick --steps 5 --validate-steps 2 -o runs 2>/dev/null >&2 || exit 1
flopclock report runs -o out
echo "--- files"
(cd out && ls tables data | grep -v '^$')
echo "--- fits"
awk -F, '$1 == "layers" { printf "%s %.3g %.3g %.3g\n", $2, $3, $4, $6 }' out/data/fits.csv
echo "--- paper"
cut -d, -f1,7-9 out/tables/tab-1-flops.csv
echo "--- manifest"
(cd out && grep -E '"(path|sha256)"' manifest.json | sed 's/.*: "\(.*\)".*/\1/' | paste - - | while read -r path sum; do
	[ "$(sha256sum <"$path" | cut -d' ' -f1)" = "$sum" ] || echo "$path differs"; done)
(cd out && find . -type f ! -name manifest.json | wc -l) >files
grep -c '"sha256"' out/manifest.json | cmp - files && echo "every file is in it"
