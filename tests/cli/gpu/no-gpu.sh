# Without a GPU every part of gpu-check says so in one line. What is wrong with a command line is said before anything is done.
check() { bash "$FC_ROOT/tests/gpu/check" --build "$FC_BUILD" "$@"; }
flopclock version | grep -E "^  cuda " | grep -qE "not here: |not built|cannot be loaded|is not the module" ||
	{ echo "there is a GPU" >&2; exit 77; }
check out | sed 's/no GPU: .*/no GPU: .../'
echo "exit ${PIPESTATUS[0]}"
check some environment runs >/dev/null
echo "exit $?, $(wc -l <some/summary.txt) lines"
check out 2>&1
echo "exit $?"
check other no-such-part 2>&1 | head -1
[ ! -e other ] && echo nothing was made
