# Floors of time: of a known device, of one's own, of a precision; what contradicts itself.
flopclock analyze resnet18 --device h100 --batch 32 --per-layer --depth 1
flopclock analyze lenet5 --peak 0.1 --bandwidth 50 --phase forward --per-layer
flopclock analyze lenet5 --device rtx4080 --precision bf16 --phase update
flopclock analyze lenet5 --device a100 --precision tf32 --format csv | awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) c[$i] = i; next} {print $c["device"], $c["forward_floor_s"], $c["training_floor_s"], $c["training_epoch_floor_s"]}'
flopclock analyze lenet5 --device h10; echo "exit $?"
flopclock analyze lenet5 --device v100 --precision bf16; echo "exit $?"
flopclock analyze lenet5 --peak 1; echo "exit $?"
flopclock analyze lenet5 --bandwidth 1; echo "exit $?"
flopclock analyze lenet5 --peak 1 --bandwidth 1 --device a100; echo "exit $?"
flopclock analyze lenet5 --peak 0 --bandwidth 1; echo "exit $?"
# Wherever a floor is, it is called so and says its device.
flopclock analyze lenet5 alexnet --device h100 | sed -n 3p
flopclock analyze lenet5 alexnet --diff --device h100 | sed -n '5p;/floor of its/p'
flopclock analyze lenet5 alexnet --diff --device h100 --format json | grep -A6 '"roofline"'
for format in csv json; do
	flopclock analyze lenet5 --device h100 --per-layer --format $format | tr ',' '\n' | grep -o '[a-z_]*_s\b' | sort -u
done
