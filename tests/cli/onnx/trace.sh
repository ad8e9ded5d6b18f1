. "$FC_ROOT/tests/cli/onnx/write.bash"
onnx net.onnx "$network"
flopclock trace net.onnx --input 3x16x16 --batch 8 --steps 2 --validate-steps 1 --warmup 0 --probe fake --device cpu -o runs >/dev/null 2>&1 && ls runs | sed 's/-.*//'
graph=$(value 11 x batch 4 8 8)$(tensor w 2 8)$(node Einsum x,w y "$(message 5 "$(text 1 equation)$(text 4 'bchw,kw->bchk')")")$(value 12 y batch 4 8 2)
onnx einsum.onnx "$graph"
flopclock trace einsum.onnx --steps 2 --device cpu -o runs
echo "exit $?"
