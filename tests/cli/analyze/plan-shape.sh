# What does not depend on the version of cuDNN: a row per convolution and phase, nothing missing, in all formats.
if ! flopclock analyze lenet5 --plan h100 >table 2>why; then
	sed 's/^flopclock analyze: //' why >&2
	exit 77
fi
for precision in fp32 tf32 bf16; do
	flopclock analyze alexnet resnet18 --plan h100 --input 3x96x96 --batch 128 --precision $precision --format csv >plans.csv
	# model, precision, phase: how many rows, and how many of them are found; the first layers have no backward_data
	awk -F, 'NR > 1 {rows[$1 "," $6 "," $13]++; found[$1 "," $6 "," $13] += $15; tensor += $17}
		END {for (k in rows) print k ":", rows[k], found[k]; if ("'$precision'" == "fp32") print "tensor cores in fp32:", tensor}' plans.csv | sort
done
flopclock analyze alexnet resnet18 --plan h100 --input 3x96x96 --batch 128 --format json >plans.json
grep -E '"(model|plans|missing)": ["0-9]' plans.json
grep -c '"found": true' plans.json
head -1 plans.csv
