# What cuDNN takes for LeNet on an H100 that is only described; the text is that of one version of cuDNN.
version=$(flopclock analyze lenet5 --plan h100 --format csv 2>why | sed -n '2s/.*,cuDNN \([0-9.]*\),.*/\1/p')
if [ "$version" != 9.19.0 ]; then
	echo "the expected text is that of cuDNN 9.19.0, found ${version:-$(cat why)}" >&2
	exit 77
fi
for precision in fp32 tf32 bf16; do
	flopclock analyze lenet5 --plan h100 --batch 128 --precision $precision
done
flopclock analyze lenet5 alexnet --plan h100 --phase forward --format md
flopclock analyze lenet5 --plan h100 --phase forward --format tex
flopclock analyze lenet5 --plan h100 --phase forward --format csv
flopclock analyze lenet5 --plan "$FC_ROOT/devices/b200.json" --phase forward --format json
