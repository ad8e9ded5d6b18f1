# MODEL@...: what a model is told of its own wins over the options.
flopclock analyze resnet18@3x64x64,classes=10,batch=4 resnet18 resnet50@depths=3,4,23,3,width=128 resnet50 --set width=32 --input 3x32x32 --phase forward
cp "$FC_ROOT/models/lenet5.net" 'a@b.net'
flopclock analyze ./a@b.net ./a@b.net@batch=3 --phase forward --format csv | cut -d, -f1,4,6
for operand in lenet5@ lenet5@x lenet5@batch=0 lenet5@batch=1e3 lenet5@classes=x lenet5@1x28 lenet5@1x28x0 lenet5@depth=3 lenet5@=3 @ none@1x28x28; do
	flopclock analyze "$operand"; echo "exit $?"
done 2>&1 | sed "s|$FC_BUILD|.|g; s|$FC_ROOT|.|g"
