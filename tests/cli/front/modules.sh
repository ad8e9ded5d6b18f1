# A program whose module is missing, broken, or another one says so where it is needed, and does everything else.
mkdir modules
export FLOPCLOCK_MODULES=$PWD/modules FLOPCLOCK_SHARE=$FC_BUILD
cp "$FC_BUILD/flopclock" lonely
say() { ./lonely "$@" 2>&1; echo "exit $?"; }
try() {
	say report runs | sed "s|$PWD|.|g"
	say version | grep '^  report' | sed "s|$PWD|.|g"
	say help | grep '^  report' | sed "s|$PWD|.|g"
}
if [ -e /usr/local/lib/flopclock/flopclock-report.so ]; then echo 'another flopclock is installed' >&2; exit 77; fi
try
say analyze lenet5 --format csv | tail -n +2 | cut -d, -f1-4
say help --completion bash | grep -c 'analyze'
echo nonsense >modules/flopclock-report.so
try
cp "$FC_BUILD/flopclock-report.so" modules/flopclock-cuda.so
say version | grep '^  cuda' | sed "s|$PWD|.|g"
cp "$FC_BUILD/flopclock-report.so" modules
say report runs
