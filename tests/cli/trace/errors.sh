# Every mistake is one sentence.
. "$FC_ROOT/tests/cli/trace/data.bash"
# The probe of a GPU is there only where the module was built.
try() { echo "\$ flopclock trace $*"; flopclock trace "$@" 2>&1 | sed "s|[^ ]*/models/|models/|; s/, cupti$//"; echo "exit ${PIPESTATUS[0]}"; }
try
try lenet5 --no-such-option
try lenet5 --batch many --data data
try lenet5 --batch 0 --data data
try lenet5 --epochs 0 --data data
try lenet5 --batch 13 --data data --backend null
try lenet5 --classes 5 --data data --backend null
try lenet5 --data nowhere
try lenet5 --data data/train-images-idx3-ubyte
try no_such_model --data data
try lenet5 no_such_model --data data --backend null
try alexnet --input 3x32x32 --data data --backend null
try lenet5 --device tpu --data data
try lenet5 --device cpu:1 --data data
try lenet5 --device cuda:x --data data
try lenet5 --precision bf16 --data data --backend null
try lenet5 --workspace 12Q --data data --backend null
try lenet5 --workspace 99999999999999G --data data --backend null
try lenet5 --workspace M --data data --backend null
try lenet5 --probe stopwatch --data data
try lenet5 --preset fast --data data
try googlenet --set aux=perhaps --data data --backend null
printf 'network mine\ninput 1x4x4\nclasses 10\ndense classes\noutput\n' >mine.net
try ./mine.net --preset d2l --data data --backend null
try lenet5 --data data --backend null --batch 2 -o /dev/null/runs
try lenet5 --data data --backend null --batch 2 -o /proc/runs
truncate -s 40 data/t10k-images-idx3-ubyte
try lenet5 --data data
ls -A
