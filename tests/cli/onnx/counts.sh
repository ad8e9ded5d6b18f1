. "$FC_ROOT/tests/cli/onnx/write.bash"
onnx net.onnx "$network"
flopclock analyze net.onnx --input 3x32x32 --batch 4 --per-layer --phase forward
flopclock analyze net.onnx --set height=32 --set width=32 --format csv --phase forward | cut -d, -f1-9,13-17
