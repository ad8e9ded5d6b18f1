# The report over what real GPUs said. Without recordings there is nothing to do yet.
found=
for folder in "$FC_ROOT"/tests/recordings/*/; do
	[ -d "$folder/runs" ] || continue
	found=yes
	name=$(basename "$folder")
	flopclock report "$folder/runs" -o "$name" >"$name.log" 2>&1 || { echo "$name: exit $?"; cat "$name.log"; exit 1; }
	[ -s "$name/report.pdf" ] || echo "$name: no report.pdf"
	flopclock report "$folder/runs" -o "$name-again" >/dev/null 2>&1
	diff -r "$name" "$name-again" >/dev/null || echo "$name: two reports of the same runs differ"
	for run in "$folder"/runs/*/run.json; do
		grep -q '"status": "complete"' "$run" || echo "$run: not complete"
		grep -q '"kind": "cuda"' "$run" || echo "$run: not from a GPU"
	done
done
[ -n "$found" ] || { echo 'no recordings yet' >&2; exit 77; }
