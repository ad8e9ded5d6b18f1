# A program without the module beside it plans nothing and says so.
if [ -e /usr/local/lib/flopclock/flopclock-cuda.so ]; then
	echo 'a module is installed, which every program finds' >&2
	exit 77
fi
cp "$FC_BUILD/flopclock" alone
export FLOPCLOCK_MODULES= FLOPCLOCK_SHARE=$FC_ROOT
./alone analyze lenet5 --plan h100
