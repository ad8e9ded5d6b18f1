# Without a probe there are no times of layers: tables 1 and 2 remain, the verdict says that it cannot tell. (One network: real times of two may or may not be inverted.)
flopclock trace lenet5 --backend null --probe none --preset quick --steps 4 --validate-steps 2 -o runs 2>/dev/null >&2 || exit 1
flopclock report runs -o out 2>err | tail -4
cat err
ls out/tables
