# The largest batches in several amounts of memory; what cannot be; every format.
flopclock analyze resnet18 vgg16 --fit 16G
flopclock analyze lenet5 --fit 1000000 --format csv
flopclock analyze lenet5 --fit 1M --optimizer adam --format json
flopclock analyze lenet5 --fit 100T --format md
for memory in 16G 16GB 16g 15.5Gi 1e3G -1G G 16GiBB '' 0.1 99999999T; do
	echo "$memory: $(flopclock analyze alexnet --fit "$memory" --format csv 2>&1 | tail -2 | awk -F, '{print $15 ? $13 " " $15 : $0}' | tr '\n' ' ')"
done
