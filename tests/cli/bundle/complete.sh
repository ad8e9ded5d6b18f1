# A bundle holds all that it needs: every library but glibc's comes from within, wherever it lies and whatever is set around it.
[ -f "$FC_BUILD/flopclock-cuda.so" ] || { echo 'the CUDA module was not built' >&2; exit 77; }
[ -x "$FC_BUILD/unit/module_leaf" ] || { echo 'the unit tests were not built' >&2; exit 77; }
[ -f "${DATA:-/usr/share/datasets/fashion-mnist}/train-images-idx3-ubyte.gz" ] || { echo 'the data set is not installed' >&2; exit 77; }
! ldd "$FC_BUILD/flopclock" | grep -qE 'lib(a|ub|t)san' || { echo 'a sanitized program is not for other machines' >&2; exit 77; }
"$FC_ROOT/tests/gpu/bundle" --build "$FC_BUILD" --folder first >/dev/null || exit 1
mv first 'moved elsewhere'
bundle=$PWD/'moved elsewhere'
alone() { env -i PATH=/usr/bin:/bin HOME="$PWD" "$@"; }

# Whatever of its files is loaded finds its libraries in the folder, or is glibc.
for file in "$bundle"/bin/* "$bundle"/unit/* "$bundle"/lib/*.so*; do
	alone LD_LIBRARY_PATH="$bundle/lib" ldd "$file" 2>&1 |
		awk -v lib="$bundle/lib/" -v file="${file##*/}" '
			/not found/ { print file ": " $0 }
			$2 == "=>" && index($0, lib) == 0 && $1 !~ /^(ld-linux-x86-64|lib(c|m|dl|rt|pthread|resolv|util|mvec))\.so/ { print file ": " $0 }'
done
alone "$bundle/flopclock" analyze resnet18 --input 3x32x32 >analysis && echo analyzed
alone "$bundle/flopclock" trace lenet5 --device cpu --threads 1 --steps 2 --validate-steps 1 --batch 8 -o runs >/dev/null 2>&1 && echo traced
alone "$bundle/flopclock" report runs -o report >/dev/null 2>&1 && [ -s report/report.pdf ] && echo reported
# Also by the loader that comes along for hosts whose glibc is older.
sed -i 's|^if LD_LIBRARY_PATH.*|if false; then|' "$bundle/lib/run"
alone "$bundle/flopclock" analyze resnet18 --input 3x32x32 | cmp - analysis && echo the same by its own loader
alone "$bundle/flopclock" trace lenet5 --device cpu --threads 1 --steps 4 --overhead-steps 2 --validate-steps 1 --batch 8 -o more 2>&1 | grep -c 'measuring costs .*images/s'
# Nothing of NVIDIA's, no path of this machine.
find "$bundle" -name 'lib*' | grep -iE 'cuda|cudnn|cublas|cupti|nvrtc'
grep -rlF "$FC_ROOT/" "$bundle/lib/run" "$bundle/flopclock" "$bundle/gpu-check" "$bundle/README"
(cd "$bundle" && find . -type f | grep -cE '^\./(README|LICENSE|gpu-check|data/.*\.gz|tests/gpu/check|tests/peer/gpu_bench.py|share/flopclock/models/resnet.*\.net)$')
