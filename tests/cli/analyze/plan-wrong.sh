# A description that lacks a key, has a wrong value, or is no JSON.
if ! flopclock analyze lenet5 --plan h100 >table 2>why; then
	sed 's/^flopclock analyze: //' why >&2
	exit 77
fi
grep -v warpSize "$FC_ROOT/devices/h100.json" >lacks.json
sed 's/"isTccDriver": 0/"isTccDriver": false/' "$FC_ROOT/devices/h100.json" >wrong.json
head -5 "$FC_ROOT/devices/h100.json" >cut.json
for file in lacks wrong cut; do
	flopclock analyze lenet5 --plan ./$file.json
	echo "exit $?"
done
