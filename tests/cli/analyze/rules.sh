for rule in core thop thop-2020 fvcore ptflops ptflops-aten ptflops-0.7 ptflops-0.6 calflops calflops-macs torchinfo \
	torch-profiler in-bounds torchvision thop-2019 deepspeed deepspeed-macs onnx-tool flop-counter; do
	flopclock analyze densenet161 --rule $rule --phase forward --format csv | tail -1 | cut -d, -f1,7-9,13-17
done
