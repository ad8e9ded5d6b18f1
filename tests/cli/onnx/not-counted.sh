. "$FC_ROOT/tests/cli/onnx/write.bash"
graph=$(value 11 x batch 4 8 8)$(tensor w 4 4 1 1)$(node Conv x,w a)$(node Fourier a b)$(node Fourier b c)$(value 13 b batch 4 8 8)
onnx net.onnx "$graph$(value 13 c batch 4 8 8)$(node Relu c y)$(node NonZero a z)$(value 12 y batch 4 8 8)$(value 12 z 4 count)"
flopclock analyze net.onnx --phase forward --per-layer
flopclock analyze net.onnx --format json | sed -n '/uncounted_kinds/,/\]/p'
flopclock analyze net.onnx --strict
echo "exit $?"
