# A kind that the fast backend lacks: another one computes the network and says so; who asked for the fast one gets an error.
. "$FC_ROOT/tests/cli/trace/data.bash"
flopclock version | grep -q onednn || { echo "onednn is not built in" >&2; exit 77; }
cat >small.net <<'END'
network small
input 1x8x8
classes 10
conv 4 3 stride=2
swish: hard_swish
dense classes
output
END
flopclock trace ./small.net --device cpu --data data --steps 2 --batch 4 --validate-steps 1 --probe none 2>&1 >table | sed -n 1,2p
wc -l <table
flopclock trace ./small.net --data data --steps 2 --backend onednn 2>&1
echo "exit $?"
