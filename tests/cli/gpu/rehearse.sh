# gpu-check itself, on the CPU and small: runs, what is judged of them, a refusal, the report, the archive, what is kept of it.
[ -f "${FLOPCLOCK_DATA:-/usr/share/datasets/fashion-mnist}/train-images-idx3-ubyte.gz" ] || { echo 'the data set is not installed' >&2; exit 77; }
bash "$FC_ROOT/tests/gpu/check" --rehearse --build "$FC_BUILD" --pack pack out report runs more refusals |
	sed -E '/took [0-9]+ s$/d; /^told/s/[0-9.]+/N/g; s/(batch 50000 needs) .*/\1 .../; s/; [0-9]+ s$//'
echo "exit ${PIPESTATUS[0]}"
tar -tzf pack/gpu-check.tar.gz | grep -cE '^out/(summary.txt|runs.csv|runs/lenet5-fp32/run.json|report/report.pdf)$'
head -1 out/runs.csv
awk -F, 'NR > 1 { print $1, $2, $3, $4, $5, $6, ($7 > 0), ($10 > 0 && $10 <= 1), ($14 > 0), ($15 > 0), $16, $17, $18 }' out/runs.csv
