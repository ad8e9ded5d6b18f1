# Kinds that the fast backend has no leaf for are computed by plain loops between its own, and kernels.csv says where.
. "$FC_ROOT/tests/cli/trace/data.bash"
flopclock version | grep -q onednn || { echo "onednn is not built in" >&2; exit 77; }
cat >small.net <<'END'
network small
input 1x8x8
classes 10
conv 24 3 stride=2
mish
conv 24 3
softplus
dense classes
output
END
flopclock trace ./small.net --device cpu --data data --steps 2 --batch 4 --validate-steps 1 -o runs 2>&1 >table | sed -n 1,2p
wc -l <table
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } $c["pass"] == "train" && $c["phase"] == "forward" { print $c["layer"], $c["kernel"] }' \
	runs/*/kernels.csv | sed 's/ onednn:.*/ onednn/' | sort
