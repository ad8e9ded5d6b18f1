# A file that cannot be written to its end: a sentence, and nothing is left.
. "$FC_ROOT/tests/cli/trace/data.bash"
trap '' XFSZ
(ulimit -f 1; flopclock trace lenet5 --backend null --probe fake --data data --batch 2 -o new/runs 2>errors)
echo "exit $?"
sed -n '$s/runs.lenet5[^ ]*.costs/RUN\/costs/p' errors
find new -type f
ls -A new
